import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";
import { Visitor } from "./visitor.mjs";

const tools = createRequire(new URL("../../../bindings-wasm/package.json", import.meta.url));

async function visit(options, action) {
    const visitor = await Visitor.arrive(options);
    try {
        await action(visitor);
        assert.deepEqual(visitor.complaints, []);
    } finally {
        await visitor.leave();
    }
}

/** What axe-core finds, in its own words. */
async function findings(page) {
    await page.evaluate(await readFile(tools.resolve("axe-core/axe.min.js"), "utf8"));
    const { violations, passes } = await page.evaluate(() =>
        axe.run(document, { resultTypes: ["violations", "passes"] }),
    );
    assert.ok(passes.some(({ id }) => id === "color-contrast"));
    return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`),
    );
}

for (const colorScheme of ["light", "dark"]) {
    test(`names, roles and contrasts are right in the ${colorScheme} scheme, whatever the state`, () =>
        visit({ colorScheme }, async (visitor) => {
            const { page } = visitor;
            const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
            assert.equal(Number(/\d+/.exec(ground)[0]) < 128, colorScheme === "dark");
            assert.deepEqual(await findings(page), []);
            await visitor.fifty();
            assert.deepEqual(await findings(page), []);
            await visitor.until(11);
            assert.match(await page.textContent('[data-part="state"]'), /refresh window/);
            assert.deepEqual(await findings(page), []);
            await visitor.until(4);
            assert.match(await page.textContent('[data-part="state"]'), /hard zone/);
            assert.deepEqual(await findings(page), []);
            await visitor.cause("Delete the key");
            await visitor.press("Sleep a minute");
            await visitor.press("1 call");
            await visitor.reads("#trouble", /credentials_rejected/);
            assert.match(await page.textContent('[data-part="state"]'), /expired/);
            assert.deepEqual(await findings(page), []);
        }));
}

test("a phone of 360 pixels shows all of it without scrolling sideways, with buttons that a thumb hits", () =>
    visit({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }, async (visitor) => {
        const { page } = visitor;
        await visitor.cause("Delete the key");
        await visitor.fifty();
        await visitor.reads("#trouble", /credentials_rejected/);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
        const boxes = await page.$$eval("button, .choice span", (all) =>
            all.map((one) => ({ name: one.textContent, ...one.getBoundingClientRect().toJSON() })),
        );
        assert.ok(boxes.length > 10);
        assert.deepEqual(
            boxes.filter(({ left, right, height, width }) => left < 0 || right > 360 || height < 40 || width < 40),
            [],
        );
        assert.equal(
            await page.evaluate(() => document.querySelector("#tape").getBoundingClientRect().right <= 360),
            true,
        );
    }));

test("the keyboard reaches everything in the order in which it stands, and shows where it is", () =>
    visit({}, async (visitor) => {
        const { page } = visitor;
        const reached = [];
        for (let step = 0; step < 30 && !reached.includes("story"); step++) {
            await page.keyboard.press("Tab");
            const { name, outline } = await page.evaluate(() => {
                const focused = document.activeElement;
                const drawn = focused.type === "radio" ? focused.nextElementSibling : focused;
                return {
                    name: focused.id || focused.value || focused.textContent.trim(),
                    outline: getComputedStyle(drawn).outlineStyle,
                };
            });
            assert.equal(outline, "solid", name);
            reached.push(name);
        }
        const troubles = ["Outage (503)", "Hang", "Throttle (429)", "Delete the key", "normal"];
        assert.deepEqual(reached, [
            "piwik_pro",
            "one",
            "fifty",
            "steady",
            ...troubles,
            "revoke",
            "sleep",
            "over",
            "1",
            "story",
        ]);
        await page.getByRole("radio", { name: "Piwik PRO" }).focus();
        await page.keyboard.press("ArrowRight");
        await page.getByRole("button", { name: "50 calls" }).focus();
        await page.keyboard.press("Enter");
        await visitor.reads("#verdict", /^50 of 50 calls served, with 1 token request\.$/);
        assert.deepEqual([(await visitor.counts("piwik_pro")).token, (await visitor.counts("didomi")).token], [0, 1]);
        await page.getByRole("button", { name: "Steady traffic" }).focus();
        await page.keyboard.press("Space");
        assert.equal(await page.getByRole("button", { name: "Steady traffic" }).getAttribute("aria-pressed"), "true");
    }));

test("who does not see the page hears what matters", () =>
    visit({}, async (visitor) => {
        await visitor.fifty();
        assert.equal(await visitor.page.getAttribute("#live", "aria-live"), "polite");
        await visitor.reads("#live", /^50 of 50 calls served, with 1 token request\.$/);
        await visitor.press("Revoke all tokens");
        await visitor.reads("#live", /^All tokens are revoked\.$/);
    }));

test("who wants no motion gets none, also while a request is on its way", () =>
    visit({ reducedMotion: "reduce" }, async (visitor) => {
        await visitor.cause("Hang");
        await visitor.press("1 call");
        await visitor.reads('[data-part="doing"]', /^Asking/);
        assert.equal(await visitor.page.evaluate(() => document.getAnimations().length), 0);
    }));

test("who does not mind motion sees the request on its way", () =>
    visit({ reducedMotion: "no-preference" }, async (visitor) => {
        await visitor.cause("Hang");
        await visitor.press("1 call");
        await visitor.reads('[data-part="doing"]', /^Asking/);
        assert.ok((await visitor.page.evaluate(() => document.getAnimations().length)) > 0);
    }));

test("a page whose server is gone says so, and asks no more", async () => {
    const visitor = await Visitor.arrive();
    try {
        visitor.demo.close();
        await visitor.reads("#verdict", /^The server of this page does not answer; start it again/);
        assert.deepEqual(
            visitor.complaints.filter((complaint) => !complaint.includes("net::ERR_CONNECTION_REFUSED")),
            [],
        );
    } finally {
        await visitor.leave();
    }
});
