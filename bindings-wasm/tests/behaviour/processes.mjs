import assert from "node:assert/strict";
import { test } from "node:test";

const EXIT = new URL("programs/exit.mjs", import.meta.url);

const ENDS = [
    "was only made",
    "was made ready",
    "holds a token, and has a listener that nobody took away",
    "shares a token that lives for sixty days",
    "is in a pause after a failure",
    "was aborted while it waited",
];

/** Tests of runtimes whose programs end. */
export function processes(bench) {
    const end = async (name) => {
        await bench.sandbox.reset();
        return bench.host.execute(EXIT, { name, line: bench.sandbox.line }, { timeoutMs: 20_000 });
    };

    for (const name of ENDS) {
        test(`${bench.name}: a program ends by itself although its client ${name}`, async () => {
            const { timedOut, code, outcome, stderr } = await end(name);
            assert.deepEqual(
                { timedOut, code, error: outcome?.error, stderr },
                { timedOut: false, code: 0, error: undefined, stderr: "" },
            );
        });
    }

    test(`${bench.name}: the console shows neither a secret nor a token of a client`, async () => {
        const { outcome, stdout, stderr } = await end("is written to the console, with its errors and events");
        const { secret } = bench.sandbox.line.keys.oauth2;
        assert.ok(stdout.length > 200 && stderr.includes("credentials_rejected"), stdout + stderr);
        for (const hidden of [secret, outcome.value]) {
            assert.ok(typeof hidden === "string" && hidden.length > 10 && !(stdout + stderr).includes(hidden));
        }
    });
}
