import puppeteer from "puppeteer-core";
import { Browser, Page, serve } from "./browser.mjs";

/** Starts Firefox through puppeteer-core, which speaks WebDriver BiDi to it. */
export async function start() {
    const executablePath = Browser.program("/usr/bin/firefox-esr", "firefox-esr");
    const server = await serve();
    try {
        const browser = await puppeteer.launch({
            browser: "firefox",
            executablePath,
            headless: true,
            acceptInsecureCerts: true,
            protocolTimeout: 0,
            defaultViewport: null,
        });
        return new Firefox(server, browser, await browser.version());
    } catch (error) {
        await server.close();
        throw error;
    }
}

class Firefox extends Browser {
    constructor(server, browser, version) {
        super("firefox", server);
        /** The puppeteer browser. */
        this.native = browser;
        this.version = version;
    }

    /** Opens a page: a path of the server, or a URL. */
    async page({ path = "/" } = {}) {
        const page = new FirefoxPage(this, await this.native.newPage());
        await page.goto(new URL(path, this.server.origin).href);
        return page;
    }

    async close() {
        await this.native.close();
        await this.server.close();
    }
}

class FirefoxPage extends Page {
    constructor(browser, page) {
        super(browser);
        /** The puppeteer page. */
        this.native = page;
    }

    async goto(url) {
        await this.native.goto(url);
    }

    evaluate(action, argument) {
        return this.native.evaluate(action, argument);
    }

    async close() {
        await this.native.close();
    }
}
