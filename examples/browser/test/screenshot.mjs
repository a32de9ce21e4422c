import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Visitor } from "./visitor.mjs";

const PICTURE = fileURLToPath(new URL("../../../docs/images/browser-example.png", import.meta.url));

/** Takes the README's picture: some tokens, an outage ridden out, a revocation recovered. */
export async function takeScreenshot() {
    const visitor = await Visitor.arrive({ viewport: { width: 1280, height: 1000 }, deviceScaleFactor: 1.5 });
    try {
        await mkdir(new URL(".", `file://${PICTURE}`), { recursive: true });
        await visitor.choose("4×");
        await visitor.press("Steady traffic");
        await visitor.reads('[data-part="state"]', /^token 5 · fresh/);
        await visitor.press("Outage (503)");
        await visitor.reads("#story", /The broker got no token/);
        await visitor.press("50 calls");
        await visitor.press("Back to normal");
        await visitor.reads('[data-part="state"]', /^token 6 · fresh/);
        await visitor.choose("1×");
        await visitor.press("50 calls");
        await visitor.page.mouse.move(0, 0);
        await visitor.page.locator("main").screenshot({ path: PICTURE });
    } finally {
        await visitor.leave();
    }
}
