import assert from "node:assert/strict";
import { after, before } from "node:test";
import { launch } from "../hosts/launch.mjs";

/** What a strict page allows: its own scripts, WebAssembly, and loopback. */
export const POLICY =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' http://127.0.0.1:*; img-src data:";

/** A Chromium for the tests of a file. */
export function browsing() {
    const own = {};
    before(async () => (own.chromium = await launch("chromium")));
    after(() => own.chromium.close());

    /** Opens a page that runs a trial, and gives what it told; an error of the page is thrown. */
    own.told = async (url, given) => {
        const page = await own.chromium.page();
        const errors = [];
        page.native.on("pageerror", (error) => errors.push(error.message));
        page.native.on("console", (message) => message.type() === "error" && errors.push(message.text()));
        try {
            await page.goto(`${url}#${encodeURIComponent(JSON.stringify(given))}`);
            const told = await page.evaluate(() => globalThis.told);
            assert.deepEqual(errors, []);
            return told;
        } finally {
            await page.close();
        }
    };

    /** Runs a function in an empty page, which is closed when the function's promise is settled. */
    own.evaluate = async (action, argument) => {
        const page = await own.chromium.page();
        try {
            return await page.evaluate(action, argument);
        } finally {
            await page.close();
        }
    };

    /** Serves a folder below a path, under a strict Content-Security-Policy unless `policy` is null. */
    own.serve = (path, folder, { policy = POLICY } = {}) => {
        const headers = policy === null ? {} : { "content-security-policy": policy };
        return own.chromium.server.folder(path, folder, { headers });
    };
    return own;
}
