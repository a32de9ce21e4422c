import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { afterEach, beforeEach, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { join } from "node:path";
import { Stage } from "./stage.mjs";

let stage;
let server;
let evertoken;
beforeEach(async () => {
    stage = await Stage.open();
    server = await stage.serve("broker-node/server.mjs", [stage.vendors.piwik_pro.http, "0"]);
    evertoken = createRequire(join(stage.folder, "package.json"))("evertoken");
});
afterEach(async () => {
    await server.end();
    await stage.close();
});

async function logIn() {
    const answer = await fetch(`${server.url}/login`);
    return { cookie: answer.headers.get("set-cookie").split(";")[0], "x-csrf-token": await answer.text() };
}

/** A page's client; here its cookie has to be given, which in a page is the browser's business. */
function page(headers) {
    const { broker, createClient, piwikPro } = evertoken;
    const api = piwikPro.api(stage.vendors.piwik_pro.http);
    const told = ({ reason }) => ({ ...headers, ...(reason === "rejected" && { "x-token-rejected": "1" }) });
    return createClient({ provider: broker(`${server.url}/token`, { api, headers: told }) });
}

async function ask(headers, method = "POST") {
    const answer = await fetch(`${server.url}/token`, { method, headers });
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

test("all pages are served with one token, and told what is left of it", async () => {
    const pages = await Promise.all(Array.from({ length: 10 }, async () => page(await logIn())));
    const answers = await Promise.all(pages.map((one) => one.fetch("/api/apps/v2")));
    assert.deepEqual(
        answers.map(({ status }) => status),
        Array(10).fill(200),
    );
    const { status, headers, body } = await ask(await logIn());
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body).sort(), ["access_token", "expires_in", "token_type"]);
    assert.equal(body.token_type, "Bearer");
    assert.ok(body.expires_in > 0 && body.expires_in < 1800);
    assert.equal(headers.get("cache-control"), "no-store");
    assert.deepEqual(await stage.counts("piwik_pro"), [1, 10]);
});

test("who has no session, or a stolen cookie alone, gets nothing, and the vendor is not asked", async () => {
    const { cookie } = await logIn();
    const invented = { cookie: "session=0", "x-csrf-token": "" };
    for (const headers of [{}, { cookie }, invented, { cookie, "x-csrf-token": "guessed" }]) {
        await assert.rejects(page(headers).fetch("/api/apps/v2"), {
            code: "credentials_rejected",
            providerCode: "access_denied",
            fix: /Log in again/,
        });
    }
    const { status, headers } = await ask({}, "GET");
    assert.deepEqual([status, headers.get("allow")], [405, "POST"]);
    assert.deepEqual(await stage.counts("piwik_pro"), [0, 0]);
});

test("a revoked token is found out by a call of the broker's own, once for all pages that say so", async () => {
    // A rejection counts once the token is 4 s old; the next refresh by age would come after 20 s.
    await stage.sandbox.control("PATCH", "/piwik_pro/settings", { lifetime_ms: 40_000 });
    const headers = await logIn();
    const first = (await ask(headers)).body.access_token;
    const rejected = { ...headers, "x-token-rejected": "1" };
    // Nothing is taken on a page's word.
    assert.equal((await ask(rejected)).body.access_token, first);
    await stage.sandbox.control("POST", "/piwik_pro/tokens/revoke", {});
    assert.equal((await ask(headers)).body.access_token, first);
    const until = Date.now() + 15_000;
    let given;
    do {
        assert.ok(Date.now() < until);
        await pause(200);
        const answers = await Promise.all(Array.from({ length: 20 }, () => ask(rejected)));
        given = new Set(answers.map(({ body }) => body.access_token));
    } while (given.has(first));
    assert.equal(given.size, 1);
    assert.equal((await stage.counts("piwik_pro"))[0], 2);
    assert.equal((await page(headers).fetch("/api/apps/v2")).status, 200);
});

test("what to mend is told to the server's log and not to the page", async () => {
    const { id, secret } = stage.vendors.keys.piwik_pro;
    await stage.sandbox.control("DELETE", `/piwik_pro/keys/${id}`);
    const { status, headers, body } = await ask(await logIn());
    assert.deepEqual([status, body], [503, { error: "temporarily_unavailable" }]);
    const seconds = Number(headers.get("retry-after"));
    assert.ok(seconds >= 1 && seconds <= 5);
    const log = await server.end();
    assert.match(log, /credentials_rejected/);
    assert.match(log, /Menu > Profile > API keys/);
    assert.ok(!log.includes(secret));
});
