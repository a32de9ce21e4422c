import assert from "node:assert/strict";
import { until } from "./expect.mjs";
import { across, inWindow } from "./tabs/across.mjs";

inWindow("chromium", (says) => {
    across(says);
    more(says);
});

/** What only the Chrome DevTools Protocol can show. */
function more(says) {
    says(
        "a tab that is frozen in the middle of its request leaves the turn to another, whose token it takes",
        async (window) => {
            const [frozen, other] = await window.tabs(2);
            await window.holdAnswers(1);
            await frozen.does("begin");
            await until(async () => (await window.heldAnswers()) === 1, "its request");
            await frozen.page.freeze(true);
            const token = await other.does("token");
            assert.equal(await window.requests(), 2);
            await frozen.page.freeze(false);
            await window.releaseAnswers();
            await frozen.does("ended");
            await frozen.does("invalidate");
            assert.equal(await frozen.does("token"), token);
            assert.equal(await window.requests(), 2);
        },
    );

    says("a tab that is frozen with a token is asked by nobody, and goes on with it", async (window) => {
        const frozen = await window.tab();
        const token = await frozen.does("token");
        await frozen.page.freeze(true);
        const other = await window.tab();
        assert.deepEqual(await other.does("locks"), []);
        await frozen.page.freeze(false);
        await until(async () => (await other.does("locks")).length === 1, "it can be asked again");
        assert.equal(await other.does("token"), token);
        assert.equal(await window.requests(), 1);
    });

    says("a page in the back/forward cache blocks nobody, and comes back with its token", async (window) => {
        const { server } = window.browser;
        server.page("/cacheable", { headers: { "cache-control": "no-cache" } });
        server.page("/elsewhere");
        const cached = await window.tab({ path: "/cacheable" });
        const token = await cached.does("token");
        await cached.page.evaluate(() => {
            addEventListener("pageshow", ({ persisted }) => (globalThis.isRestored = persisted));
        });
        await cached.page.goto(`${server.origin}/elsewhere`);
        const other = await window.tab();
        assert.deepEqual(await other.does("locks"), []);
        assert.notEqual(await other.does("token"), token);
        await cached.page.native.goBack();
        await until(() => cached.page.evaluate(() => globalThis.isRestored === true), "the page, restored");
        await until(async () => (await other.does("locks")).length === 2, "both can be asked");
        assert.equal(await cached.does("token"), token);
        assert.equal(await window.requests(), 2);
    });

    says("a tab whose thread hangs while it has the lock blocks nobody", async (window) => {
        const [hanging, ...others] = await window.tabs(3);
        const gate = window.gate();
        await window.holdAnswers(1);
        await hanging.does("begin");
        await until(async () => (await window.heldAnswers()) === 1, "its request");
        await hanging.does("hang", { url: gate.url });
        const [token, same] = await window.together(others, "token");
        assert.equal(token, same);
        assert.equal(await window.requests(), 2);
        gate.open();
    });

    says("a client that is forgotten without being closed leaves no lock behind", async (window) => {
        const tab = await window.tab();
        await tab.does("token");
        await tab.does("forget");
        const cdp = await tab.page.cdp();
        await until(async () => {
            await cdp.send("HeapProfiler.collectGarbage");
            return (await tab.does("locks")).length === 0;
        }, "no lock is held");
    });
}
