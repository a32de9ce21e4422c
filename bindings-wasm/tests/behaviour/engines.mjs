import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { PACKAGE } from "../hosts/bundle.mjs";
import { Relay } from "./relay.mjs";

const program = (name) => new URL(`programs/${name}.mjs`, import.meta.url);

/** Tests of engines: pages, their workers, their network. */
export function engines(bench) {
    const { name } = bench;
    const isReal = name === "chromium";
    const tokens = async () => (await bench.sandbox.control("GET", "/counts")).oauth2.token;
    const api = () => `${bench.sandbox.line.oauth2.http}/api`;

    const how = isReal ? "real" : "simulated";
    test(`${name}: a page that waits offline is served when it is online again (${how})`, async () => {
        await bench.sandbox.reset();
        const relay = await Relay.start(bench.sandbox.line.oauth2.http);
        const line = { ...bench.sandbox.line, oauth2: { http: relay.origin } };
        const page = await bench.host.page();
        try {
            await page.run(program("network"), { phase: "before", line });
            await (isReal ? page.offline(true) : relay.stop());
            const isOnline = await page.run(program("network"), { phase: "offline" });
            assert.equal(isOnline, !isReal);
            // A pause ends no sooner than a second after it began.
            await sleep(1_100);
            await (isReal ? page.offline(false) : relay.listen());
            await page.run(program("network"), { phase: "online", isSimulated: !isReal });
        } finally {
            await page.close();
            await relay.stop();
        }
    });

    for (const type of ["module", "classic"]) {
        const format = type === "module" ? "esm" : "iife";

        test(`${name}: a ${type} service worker calls the API for its pages with one token`, async () => {
            await bench.sandbox.reset();
            const url = await bench.host.module(program("service"), { format });
            const answers = await bench.host.run(program("register"), { url, type, place: { api: api() } });
            assert.deepEqual(
                answers,
                Array.from({ length: 20 }, () => [200, ""]),
            );
            assert.equal(await tokens(), 1);
        });

        test(`${name}: a ${type} worker calls the API, and is refused a secret`, async () => {
            await bench.sandbox.reset();
            const url = await bench.host.module(program("worker"), { format });
            const told = await bench.host.run(program("employ"), { url, type, api: api() });
            assert.deepEqual(told, { statuses: [200, 200], refusal: "invalid_option" });
        });
    }

    const isRemembered = name === "firefox";
    const again = isRemembered ? "is an error with a code until the page is loaded again" : "is tried again";
    test(`${name}: the default entry's module with the wasm, if it could not be loaded, ${again}`, async () => {
        await bench.sandbox.reset();
        const folder = `/flaky-${crypto.randomUUID()}/`;
        bench.server.folder(folder, PACKAGE);
        let asked = 0;
        bench.server.handle(`${folder}inlined.js`, async () => {
            asked += 1;
            return asked === 1
                ? { status: 503 }
                : { type: "text/javascript", body: await readFile(join(PACKAGE, "inlined.js")) };
        });
        const page = await bench.host.page();
        const calls = () =>
            page.run(program("flaky"), { entry: `${bench.server.origin}${folder}index.js`, api: api() });
        try {
            assert.deepEqual(await calls(), ["transport_failed", isRemembered ? "transport_failed" : 200]);
            await page.goto(`${bench.server.origin}/`);
            assert.deepEqual(await calls(), [200, 200]);
        } finally {
            await page.close();
        }
    });

    /** What both entries say in a page with a policy. */
    const policed = async (policy) => {
        await bench.sandbox.reset();
        const script = await bench.host.module(program("policed"));
        const { origin } = bench.server;
        const mailbox = `policed-${crypto.randomUUID()}`;
        const meta = `<meta name="place" data-api="${api()}" data-mailbox="${origin}/mailbox/${mailbox}">`;
        const html = `${meta}<script type="module" src="${script}"></script>`;
        bench.server.page("/policed", { html, headers: { "content-security-policy": policy } });
        const page = await bench.host.page({ path: "/policed" });
        try {
            return await bench.server.mail(mailbox);
        } finally {
            await page.close();
        }
    };

    test(`${name}: a Content-Security-Policy that forbids WebAssembly is an error that says so`, async () => {
        for (const { code, fix, status } of await policed("script-src 'self'")) {
            assert.equal(code, "invalid_option", `${status}`);
            assert.match(fix, /'wasm-unsafe-eval'/);
        }
    });

    test(`${name}: a Content-Security-Policy with 'wasm-unsafe-eval' is enough`, async () => {
        const policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ${new URL(api()).origin}`;
        assert.deepEqual(await policed(policy), [{ status: 200 }, { status: 200 }]);
    });
}

/** A test of the engine that can freeze a page. */
export function freezing(bench) {
    test(`${bench.name}: a page that is frozen while its token comes serves its caller after the thaw`, async () => {
        await bench.sandbox.reset();
        await bench.sandbox.control("POST", "/oauth2/faults", { kind: "token", times: 1, fault: { type: "hang" } });
        const page = await bench.host.page();
        try {
            await page.run(program("frozen"), { line: bench.sandbox.line, isStart: true });
            await bench.sandbox.held();
            await page.freeze(true);
            await bench.sandbox.control("POST", "/oauth2/release", { kind: "token" });
            await sleep(100);
            assert.equal(
                (await bench.sandbox.control("GET", "/counts")).oauth2.api,
                0,
                "nothing runs in a frozen page",
            );
            await page.freeze(false);
            assert.equal(await page.run(program("frozen"), { isStart: false }), 200);
            assert.equal((await bench.sandbox.control("GET", "/counts")).oauth2.token, 1);
        } finally {
            await page.close();
        }
    });
}
