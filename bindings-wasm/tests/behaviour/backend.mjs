import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PACKAGE } from "../hosts/bundle.mjs";

/** What a page's own server offers beside it: a broker, the package's files, and a wasm that fails the first time. */
export function offer(server, line) {
    let asked = [];
    const seen = new Set();
    server.folder("/package/", PACKAGE);
    server.handle("/broker/token", async ({ method, headers }, body) => {
        asked.push({ method, body, ...headers });
        const answer = await fetch(`${line.oauth2.http}/broker/token`, { method: "POST" });
        return { status: answer.status, type: "application/json", body: await answer.text() };
    });
    server.handle("/broker/log", () => {
        const told = asked;
        asked = [];
        return { type: "application/json", body: JSON.stringify(told) };
    });
    server.handle("/flaky.wasm", async ({ url }) => {
        if (!seen.has(url)) {
            seen.add(url);
            return { status: 503, body: "busy" };
        }
        return { type: "application/wasm", body: await readFile(join(PACKAGE, "evertoken.wasm")) };
    });
}
