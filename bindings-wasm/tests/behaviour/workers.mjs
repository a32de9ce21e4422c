import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { launch } from "../hosts/launch.mjs";

const REQUESTS = new URL("programs/requests.mjs", import.meta.url);
const WINDOW_MS = 50 * 60_000;

/** Tests of workerd, where what a request began ends with it. */
export function workers(bench) {
    /** A worker with a client in its global scope, and the sandbox anew. */
    const serving = async (action) => {
        await bench.sandbox.reset();
        const worker = await bench.host.open(REQUESTS);
        const ask = (client, given = {}, options) => worker.call({ place: bench.place(), client, ...given }, options);
        try {
            await action(ask);
        } finally {
            await worker.close();
        }
    };
    const control = (...args) => bench.sandbox.control(...args);
    const hang = (times = 1) => control("POST", "/oauth2/faults", { kind: "token", times, fault: { type: "hang" } });
    const release = () => control("POST", "/oauth2/release", { kind: "token" });
    const tokens = async () => (await control("GET", "/counts")).oauth2.token;
    const held = () => bench.sandbox.held();

    test("workerd: requests that come together share the token request of one of them", () =>
        serving(async (ask) => {
            await hang();
            const asked = Array.from({ length: 50 }, () => ask("real"));
            await held();
            await release();
            const answers = await Promise.all(asked);
            assert.equal(new Set(answers.map(({ token }) => token)).size, 1, JSON.stringify(answers[0]));
            assert.equal(await tokens(), 1);
        }));

    test("workerd: with waitUntil a refresh in the window outlives the request that began it", () =>
        serving(async (ask) => {
            const { token: old } = await ask("waiting");
            await hang();
            assert.equal((await ask("waiting", { advanceMs: WINDOW_MS })).token, old, "nobody waits");
            await held();
            assert.equal((await ask("waiting")).token, old);
            await release();
            let token;
            do {
                ({ token } = await ask("waiting"));
            } while (token === old);
            assert.equal(await tokens(), 2);
        }));

    test("workerd: without waitUntil a request that begins a refresh in the window awaits it, and no other does", () =>
        serving(async (ask) => {
            const { token: old } = await ask("awaiting");
            await hang();
            let isOver = false;
            const first = ask("awaiting", { advanceMs: WINDOW_MS }).finally(() => (isOver = true));
            await held();
            assert.equal((await ask("awaiting")).token, old, "another request is served at once");
            assert.ok(!isOver, "the first still waits");
            await release();
            assert.ok((await first).token.length > 10);
            assert.notEqual((await ask("awaiting")).token, old);
            assert.equal(await tokens(), 2);
        }));

    test("workerd: a request that joins a flight is served although the client that began it goes away", () =>
        serving(async (ask) => {
            await hang(1);
            const gone = new AbortController();
            const first = ask("real", {}, { signal: gone.signal }).catch((error) => error.name);
            await held();
            const second = ask("real");
            await sleep(50);
            gone.abort();
            assert.equal(await first, "AbortError");
            assert.ok((await second).token?.length > 10, JSON.stringify(await second));
            await release();
            assert.ok((await ask("real")).token.length > 10);
        }));

    test("workerd: a request that ends before its flight hangs no other", () =>
        serving(async (ask) => {
            await hang(1);
            assert.equal((await ask("real", { patienceMs: 50 })).code, "deadline");
            const answers = await Promise.all([ask("real"), ask("real")]);
            assert.ok(
                answers.every(({ token }) => token?.length > 10),
                JSON.stringify(answers),
            );
        }));

    for (const title of [
        "a redirect to another origin does not get the token in Authorization",
        "a redirect within the API is followed with the token in Authorization",
    ]) {
        test(`workerd: ${title}, with a compatibility date of a fetch that leaves it there`, async () => {
            const old = await launch("workerd", {
                compatibility: "2025-01-01",
                flags: ["nodejs_compat", "enable_nodejs_process_v2"],
            });
            try {
                await old.run(new URL("subject.mjs", import.meta.url), bench.place("redirects", title));
            } finally {
                await old.close();
            }
        });
    }
}
