import { chromium } from "playwright-core";
import { Browser, Page, serve } from "./browser.mjs";

/** Starts Chromium through playwright-core. */
export async function start() {
    const executablePath = Browser.program("/usr/bin/chromium", "chromium");
    const server = await serve();
    try {
        const browser = await chromium.launch({ executablePath, headless: true });
        return new Chromium(server, browser, await browser.newContext({ ignoreHTTPSErrors: true }));
    } catch (error) {
        await server.close();
        throw error;
    }
}

class Chromium extends Browser {
    #browser;

    constructor(server, browser, context) {
        super("chromium", server);
        this.#browser = browser;
        /** The playwright context that all pages share. */
        this.native = context;
        this.version = `Chromium ${browser.version()}`;
    }

    /** Opens a page: a path of the server, or a URL. */
    async page({ path = "/" } = {}) {
        const page = new ChromiumPage(this, await this.native.newPage());
        await page.goto(new URL(path, this.server.origin).href);
        return page;
    }

    async close() {
        await this.#browser.close();
        await this.server.close();
    }
}

class ChromiumPage extends Page {
    #cdp;

    constructor(browser, page) {
        super(browser);
        /** The playwright page. */
        this.native = page;
    }

    async goto(url) {
        await this.native.goto(url);
    }

    evaluate(action, argument) {
        return this.native.evaluate(action, argument);
    }

    /** The page's session of the Chrome DevTools Protocol. */
    async cdp() {
        this.#cdp ??= this.browser.native.newCDPSession(this.native);
        return this.#cdp;
    }

    /** Takes the page's network away for real, or gives it back. */
    async offline(offline) {
        const cdp = await this.cdp();
        await cdp.send("Network.enable");
        await cdp.send("Network.emulateNetworkConditions", { offline, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
    }

    /** Freezes the page as a browser does with a tab in the background, or thaws it. */
    async freeze(frozen) {
        const cdp = await this.cdp();
        await cdp.send("Page.setWebLifecycleState", { state: frozen ? "frozen" : "active" });
    }

    async close() {
        await this.native.close();
    }
}
