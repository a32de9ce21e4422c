import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Visitor } from "./visitor.mjs";

const PICTURE = fileURLToPath(new URL("../../../docs/images/browser-example.png", import.meta.url));
const MOST_BYTES = 300_000;

/** Takes the README's picture: some tokens, an outage ridden out, a revocation recovered. */
export async function takeScreenshot() {
    const visitor = await Visitor.arrive({ viewport: { width: 1280, height: 930 }, deviceScaleFactor: 1.2 });
    try {
        await mkdir(new URL(".", `file://${PICTURE}`), { recursive: true });
        await visitor.choose("10×");
        await visitor.press("Steady traffic");
        await visitor.reads('[data-part="state"]', /^token 4 · fresh/);
        await visitor.choose("4×");
        await visitor.press("Outage (503)");
        await visitor.reads("#story", /The broker got no token/);
        await visitor.press("50 calls");
        await visitor.press("Back to normal");
        await visitor.reads('[data-part="state"]', /^token 5 · fresh/);
        await visitor.until(46);
        await visitor.choose("4×");
        await visitor.press("Revoke all tokens");
        await visitor.press("50 calls");
        await visitor.reads('[data-part="state"]', /^token 6 · fresh/);
        await visitor.until(38);
        await visitor.page.mouse.move(0, 0);
        const { length } = await visitor.page.screenshot({ path: PICTURE });
        if (length >= MOST_BYTES) throw new Error(`${PICTURE} has ${length} bytes`);
    } finally {
        await visitor.leave();
    }
}
