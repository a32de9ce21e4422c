import puppeteer from "puppeteer-core";
import { Browser, Page, serve } from "./browser.mjs";

/** A browser that puppeteer-core starts; `page` makes its pages. */
export class Puppet extends Browser {
    constructor(name, server, browser, version) {
        super(name, server);
        /** The puppeteer browser. */
        this.native = browser;
        this.version = version;
    }

    /** Starts an engine's program; `kind` is the class of its pages. */
    static async start(name, kind, options) {
        const server = await serve();
        try {
            const common = { headless: true, acceptInsecureCerts: true, protocolTimeout: 0, defaultViewport: null };
            const browser = await puppeteer.launch({ ...common, ...options });
            return Object.assign(new Puppet(name, server, browser, await browser.version()), { kindOfPage: kind });
        } catch (error) {
            await server.close();
            throw error;
        }
    }

    /** Opens a page: a path of the server, or a URL. */
    async page({ path = "/" } = {}) {
        const page = new this.kindOfPage(this, await this.native.newPage());
        await page.goto(new URL(path, this.server.origin).href);
        return page;
    }

    async close() {
        await this.native.close();
        await this.server.close();
    }
}

export class PuppetPage extends Page {
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
