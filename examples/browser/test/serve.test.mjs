import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SERVE = fileURLToPath(new URL("../serve.mjs", import.meta.url));

test("serve.mjs prints the page's URL and ends, with its sandbox, at Ctrl-C", async () => {
    const child = spawn(process.execPath, [SERVE], { stdio: ["ignore", "pipe", "inherit"] });
    const [url] = await once(createInterface({ input: child.stdout }), "line");
    const page = await fetch(url);
    assert.match(await page.text(), /<title>evertoken, live<\/title>/);
    assert.match(page.headers.get("content-security-policy"), /script-src 'self' 'wasm-unsafe-eval' 'sha256-/);
    const about = await (await fetch(new URL("stage/about", url))).json();
    child.kill("SIGINT");
    assert.deepEqual(await once(child, "exit"), [0, null]);
    await assert.rejects(fetch(about.vendors[0].api));
});

test("serve.mjs says how to get a sandbox if it is told of none", async () => {
    const { EVERTOKEN_SANDBOX, ...env } = process.env;
    const child = spawn(process.execPath, [SERVE], { env, stdio: ["ignore", "pipe", "pipe"] });
    const said = (await child.stderr.toArray()).join("");
    assert.match(said, /EVERTOKEN_SANDBOX is not set: run "cargo build -p evertoken-sandbox"/);
    assert.equal(child.exitCode ?? (await once(child, "exit"))[0], 1);
});

test("the server gives nothing to who has no session, and no file outside of the page", async () => {
    const child = spawn(process.execPath, [SERVE], { stdio: ["ignore", "pipe", "inherit"] });
    try {
        const [url] = await once(createInterface({ input: child.stdout }), "line");
        const refused = await fetch(new URL("token/piwik_pro", url), { method: "POST" });
        assert.deepEqual([refused.status, await refused.json()], [401, { error: "access_denied" }]);
        assert.equal((await fetch(new URL("stage/trouble", url), { method: "POST", body: "{}" })).status, 401);
        for (const path of ["..%2fserve.mjs", "%2e%2e/serve.mjs", "evertoken/..%2f..%2f..%2fCargo.toml", "missing"]) {
            assert.equal((await fetch(new URL(path, url))).status, 404, path);
        }
    } finally {
        child.kill();
    }
});
