import { createRequire } from "node:module";
import { Demo } from "../server/demo.mjs";

const tools = createRequire(new URL("../../../bindings-wasm/package.json", import.meta.url));
const { chromium } = tools("playwright-core");

/** How many seconds the tokens of the tests live: long enough to do something in each part of a life. */
export const LIFETIME_S = 60;

/** Somebody who has the page open in Chromium and uses it as people do; the sandbox's counts are beside it. */
export class Visitor {
    static async arrive(options = {}) {
        const demo = await Demo.start({ lifetimeMs: LIFETIME_S * 1000 });
        const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", headless: true });
        const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
        const visitor = new Visitor(demo, browser, await context.newPage());
        await visitor.page.goto(demo.url);
        await visitor.page.getByRole("radio", { name: "OroCommerce" }).waitFor();
        return visitor;
    }

    constructor(demo, browser, page) {
        this.demo = demo;
        this.browser = browser;
        this.page = page;
        /** What went wrong in the page. Chromium tells of each answer from 400 on as well; those are wanted here. */
        this.complaints = [];
        /** All that came from the page's own server. */
        this.received = [];
        page.on("pageerror", (error) => this.complaints.push(error.stack));
        page.on("console", (message) => {
            const wanted = message.text().startsWith("Failed to load resource: the server responded with a status of");
            if (["error", "warning"].includes(message.type()) && !wanted) this.complaints.push(message.text());
        });
        page.on("response", (response) => {
            if (response.url().startsWith(demo.url)) this.received.push(response.text().catch(() => ""));
        });
    }

    press(name) {
        return this.page.getByRole("button", { name, exact: true }).click();
    }

    /** Presses the button of a trouble and waits until the trouble is there. */
    async cause(name) {
        await this.press(name);
        await this.page.getByRole("button", { name, exact: true, pressed: true }).waitFor();
    }

    choose(name) {
        return this.page.getByRole("radio", { name }).check({ force: true });
    }

    /** Waits until the page says something. */
    async reads(selector, pattern) {
        await this.page.waitForFunction(
            ([place, source, flags]) =>
                new RegExp(source, flags).test(document.querySelector(place)?.textContent ?? ""),
            [selector, pattern.source, pattern.flags],
            { timeout: 30_000 },
        );
        return this.page.textContent(selector);
    }

    /** Lets the time run fast until the page's token has at most so many seconds left. */
    async until(seconds) {
        await this.choose("10×");
        await this.page.waitForFunction(
            (most) => Number(document.querySelector('[data-part="left"]').textContent) <= most,
            seconds,
            { timeout: 30_000 },
        );
        await this.choose("1×");
    }

    /** Makes 50 calls at once; returns what the page says of them. */
    async fifty() {
        await this.press("50 calls");
        return this.reads("#verdict", /^\d+ of 50 calls/);
    }

    /** The page's own numbers. */
    async tally() {
        const fields = await this.page.$$eval("[data-count]", (all) =>
            all.map((one) => [one.dataset.count, Number(one.textContent)]),
        );
        return Object.fromEntries(fields);
    }

    /** The sandbox's counts of a vendor. */
    async counts(vendor = "piwik_pro") {
        return (await this.demo.sandbox.control("GET", "/counts"))[vendor];
    }

    async leave() {
        await this.browser.close();
        this.demo.close();
    }
}
