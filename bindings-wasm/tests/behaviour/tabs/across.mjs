import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { until } from "../expect.mjs";
import { Window } from "./window.mjs";

/** Declares tests in a window of an engine, each with new tabs. */
export function inWindow(name, declare) {
    describe(`tabs in ${name}`, () => {
        let window;
        before(async () => {
            window = await Window.open(name);
        });
        beforeEach(() => window.clear());
        afterEach(() => window.releaseAnswers());
        after(() => window?.close());
        declare((title, run) => test(title, () => run(window)));
    });
}

/** Declares what tabs of one origin share, in every engine. */
export function across(says) {
    says("40 rounds of 4 tabs that want a token at once: 40 token requests", async (window) => {
        const tabs = await window.tabs(4);
        const tokens = new Set();
        for (let round = 1; round <= 40; round += 1) {
            const [token, ...others] = await window.together(tabs, "token");
            assert.deepEqual(others, [token, token, token], `round ${round}`);
            assert.equal(await window.requests(), round);
            tokens.add(token);
            await window.all(tabs, "invalidate");
        }
        assert.equal(tokens.size, 40);
        const told = (await window.all(tabs, "told")).flat();
        assert.deepEqual([told.filter((type) => type === "granted").length, told.includes("failed")], [40, false]);
    });

    says("tabs that wait behind another's request take its token, and have not failed", async (window) => {
        const tabs = await window.tabs(4);
        await window.holdAnswers();
        await window.all(tabs, "begin");
        await until(async () => (await window.heldAnswers()) === 1, "a token request");
        await window.releaseAnswers();
        const [token, ...others] = await window.all(tabs, "ended");
        assert.deepEqual(others, [token, token, token]);
        assert.equal(await window.requests(), 1);
        for (const told of await window.all(tabs, "told")) {
            assert.equal(told.includes("failed") || told.includes("paused"), false, String(told));
        }
    });

    says("in the refresh window one tab fetches for all, lifetime after lifetime", async (window) => {
        const tabs = await window.tabs(3);
        const [first] = await window.together(tabs, "token");
        const tokens = new Set([first]);
        for (let lifetime = 2; lifetime <= 6; lifetime += 1) {
            await window.all(tabs, "pass", { ms: 3_000_000 });
            await window.together(tabs, "token");
            await until(async () => {
                const [token, ...others] = await window.all(tabs, "token");
                tokens.add(token);
                return tokens.size === lifetime && others.every((other) => other === token);
            }, `token ${lifetime} in all tabs`);
            assert.equal(await window.requests(), lifetime);
        }
    });

    says("a tab that opens later gets the running token, also when the tab that fetched it is gone", async (window) => {
        const [first, second] = await window.tabs(2);
        const token = await first.does("token");
        assert.equal(await second.does("token"), token);
        await first.close();
        const third = await window.tab();
        assert.equal(await third.does("token"), token);
        assert.equal(await window.requests(), 1);
    });

    says("when all tabs are gone, the next one asks the server", async (window) => {
        const first = await window.tab();
        const token = await first.does("token");
        await first.close();
        const next = await window.tab();
        assert.notEqual(await next.does("token"), token);
        assert.equal(await window.requests(), 2);
    });

    says("a tab that is closed in the middle of its request leaves the turn to another", async (window) => {
        const [first, ...others] = await window.tabs(3);
        await window.holdAnswers(1);
        await first.does("begin");
        await until(async () => (await window.heldAnswers()) === 1, "the first tab's request");
        await window.all(others, "begin");
        await first.close();
        const [token, same] = await window.all(others, "ended");
        assert.equal(token, same);
        assert.equal(await window.requests(), 2);
    });

    says("a tab that is suspended with the lock blocks nobody, and one of the others sends", async (window) => {
        const tabs = await window.tabs(3);
        await window.together(tabs, "token");
        const [presence] = await tabs[0].does("locks");
        await window.all(tabs, "invalidate");
        const stranger = await window.tab();
        await stranger.does("hold", { name: presence.replace(/^held /, "") });
        const [token, ...others] = await window.together(tabs, "token");
        assert.deepEqual(others, [token, token]);
        assert.equal(await window.requests(), 2);
    });

    says("a 401 in all tabs at once is one forced refresh", async (window) => {
        const tabs = await window.tabs(4, { policy: { graceMaxMs: 0 } });
        await window.all(tabs, "token");
        await window.revoke();
        assert.deepEqual(await window.together(tabs, "call"), [200, 200, 200, 200]);
        assert.equal(await window.requests(), 2);
        assert.equal(await window.apiCalls(), 8);
    });

    says("a 401 that comes while another tab's new token is on its way costs nothing more", async (window) => {
        const [first, second] = await window.tabs(2, { policy: { graceMaxMs: 0 } });
        const token = await first.does("token");
        assert.equal(await second.does("token"), token);
        await window.revoke();
        await window.holdAnswers(1);
        await first.does("beginCall");
        await until(async () => (await window.heldAnswers()) === 1, "the new token");
        await second.does("beginCall");
        await until(async () => (await second.does("told")).includes("rejected"), "its own 401");
        await window.releaseAnswers();
        assert.deepEqual(await window.all([first, second], "ended"), [200, 200]);
        assert.equal(await window.requests(), 2);
    });

    says("a 401 in one tab spares the others theirs", async (window) => {
        const tabs = await window.tabs(3, { policy: { graceMaxMs: 0 } });
        await window.together(tabs, "token");
        await window.revoke();
        for (const tab of tabs) {
            assert.equal(await tab.does("call"), 200);
        }
        assert.equal(await window.requests(), 2);
        assert.equal(await window.apiCalls(), 4);
    });

    says("a logout is for one tab, which no other tab's token undoes", async (window) => {
        const [leaving, staying] = await window.tabs(2);
        const first = await staying.does("token");
        assert.equal(await leaving.does("token"), first);
        await leaving.does("logout");
        assert.deepEqual([await leaving.does("isWarm"), await staying.does("isWarm")], [false, true]);
        await staying.does("invalidate");
        const second = await staying.does("token");
        assert.equal(await leaving.does("isWarm"), false, "a token of after the logout is not taken unasked");
        assert.equal(await leaving.does("token"), second, "but it serves who asks again");
        assert.equal(await window.requests(), 2);
        await leaving.does("logout");
        assert.notEqual(await leaving.does("token"), second, "a token of before the logout is not taken at all");
        assert.equal(await window.requests(), 3);
    });

    says("sessions of other names, and tabs that share nothing, have tokens of their own", async (window) => {
        const options = [{}, { tabs: "ann" }, { tabs: "bob" }, { tabs: false }, { tabs: false }];
        const tabs = await Promise.all(options.map((option) => window.tab(option)));
        assert.equal(new Set(await window.together(tabs, "token")).size, 5);
        const bob = await window.tab({ tabs: "bob" });
        assert.equal(await bob.does("token"), await tabs[2].does("token"));
        assert.equal(await window.requests(), 5);
    });

    says("tabs whose credentials come from a function share only if they say whose session it is", async (window) => {
        const tabs = await window.tabs(2, { asks: true });
        const named = await window.tabs(2, { asks: true, tabs: "ann" });
        assert.equal(new Set(await window.together([...tabs, ...named], "token")).size, 3);
        assert.equal(await window.requests(), 3);
    });

    says("a web worker shares with the tabs", async (window) => {
        const [tab, other] = await window.tabs(2);
        const token = await window.tokenInWorker(tab);
        assert.equal(await other.does("token"), token);
        assert.equal(await window.tokenInWorker(other), token);
        assert.equal(await window.requests(), 1);
    });

    says("a closed client leaves no lock behind", async (window) => {
        const tab = await window.tab();
        await tab.does("token");
        assert.equal((await tab.does("locks")).length, 1);
        await tab.does("close");
        await until(async () => (await tab.does("locks")).length === 0, "no lock is held");
    });
}
