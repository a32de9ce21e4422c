import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Visitor } from "./visitor.mjs";

let visitor;
beforeEach(async () => (visitor = await Visitor.arrive()));
afterEach(async () => {
    await visitor.leave();
    assert.deepEqual(visitor.complaints, []);
});

test("50 calls at once cost one token request, and the page's numbers are the sandbox's", async () => {
    assert.equal(await visitor.fifty(), "50 of 50 calls served, with 1 token request.");
    const { token, api } = await visitor.counts();
    assert.deepEqual([token, api], [1, 50]);
    await visitor.reads('[data-count="api"]', /^50$/);
    assert.deepEqual(await visitor.tally(), { served: 50, failed: 0, token: 1, api: 50, asked: 1, waiting: 0 });
    assert.match(await visitor.page.textContent('[data-part="state"]'), /^token 1 · fresh$/);
});

test("steady traffic goes on through refreshes, of which nobody waits for one", async () => {
    await visitor.choose("10×");
    await visitor.press("Steady traffic");
    await visitor.reads('[data-part="state"]', /^token 3 · fresh/);
    await visitor.press("Steady traffic");
    await visitor.choose("1×");
    const { served, failed, asked } = await visitor.tally();
    assert.ok(served > 0);
    assert.deepEqual([failed, asked], [0, 3]);
    assert.equal((await visitor.counts()).token, 3);
    assert.equal(await visitor.page.locator("#page-dial .ring").count(), 2);
});

for (const [button, log] of [
    ["Outage (503)", /The broker got no token \(server_error\)\. The token at hand serves on/],
    ["Hang", /The broker asks Piwik PRO: the token (should live longer|is near its end)/],
    ["Throttle (429)", /The broker got no token \(throttled\)\. The token at hand serves on/],
]) {
    test(`${button}: all calls are served with the token at hand`, async () => {
        await visitor.fifty();
        await visitor.cause(button);
        await visitor.until(20);
        // The first of these that finds the token near its end starts the refresh.
        await visitor.press("Steady traffic");
        await visitor.choose("4×");
        await visitor.reads("#story", log);
        await visitor.choose("1×");
        await visitor.press("Steady traffic");
        assert.match(await visitor.fifty(), /^50 of 50 calls served/);
        assert.equal((await visitor.tally()).failed, 0);
        assert.match(await visitor.page.textContent('[data-part="state"]'), /^token 1 · /);
        assert.ok((await visitor.counts()).token > 1);
        await visitor.press("Back to normal");
        await visitor.choose("10×");
        await visitor.press("Steady traffic");
        await visitor.reads('[data-part="state"]', /^token 2 · fresh/);
        assert.equal(await visitor.page.locator('[data-trouble][aria-pressed="true"]').count(), 0);
    });
}

test("Revoke all tokens: 50 calls at once are served with one more token request", async () => {
    await visitor.fifty();
    // A rejection of a younger token may be a replica's delay.
    await visitor.until(48);
    await visitor.press("Revoke all tokens");
    await visitor.reads("#story", /revoked all tokens/);
    await visitor.press("50 calls");
    await visitor.reads('[data-count="served"]', /^100$/);
    await visitor.reads("#verdict", /^50 of 50 calls served, with 1 token request\.$/);
    assert.deepEqual([(await visitor.tally()).failed, (await visitor.counts()).token], [0, 2]);
    await visitor.reads("#story", /The API rejected token 1 of the page/);
});

test("Sleep: a token that ended meanwhile is replaced at the first call", async () => {
    await visitor.fifty();
    await visitor.press("Sleep a minute");
    await visitor.reads("#story", /slept for a minute/);
    await visitor.press("1 call");
    await visitor.reads("#verdict", /^1 of 1 call served, with 1 token request\.$/);
    assert.deepEqual([(await visitor.tally()).failed, (await visitor.counts()).token], [0, 2]);
});

for (const [vendor, title, fix] of [
    ["piwik_pro", "Piwik PRO", /In Piwik PRO open Menu > Profile > API keys/],
    ["didomi", "Didomi", /In the Didomi console open the organization's Settings > Private API keys/],
    ["oro", "OroCommerce", /In the back-office open System > User Management > OAuth Applications/],
]) {
    test(`Delete the key of ${title}: a clear error with its fix, and calls again with a new key`, async () => {
        await visitor.choose(title);
        await visitor.cause("Delete the key");
        await visitor.press("1 call");
        await visitor.reads("#verdict", /^0 of 1 call served/);
        assert.match(await visitor.reads("#trouble", fix), /credentials_rejected/);
        assert.equal((await visitor.counts(vendor)).api, 0);
        await visitor.press("Back to normal");
        await visitor.choose("10×");
        await visitor.press("Steady traffic");
        await visitor.reads('[data-part="state"]', /^token 1 · fresh/);
        assert.equal(await visitor.page.locator("#trouble").isVisible(), false);
    });
}

test("Start over: another token, another count", async () => {
    await visitor.fifty();
    await Promise.all([visitor.page.waitForNavigation(), visitor.press("Start over")]);
    await visitor.reads('[data-count="token"]', /^0$/);
    assert.equal(await visitor.fifty(), "50 of 50 calls served, with 1 token request.");
    assert.equal((await visitor.counts()).token, 1);
});

test("The secrets of the vendors stay with the broker", async () => {
    await visitor.fifty();
    const received = (await Promise.all(visitor.received)).join("\n");
    assert.match(received, /access_token/);
    assert.doesNotMatch(received, /sandbox-secret-/);
});
