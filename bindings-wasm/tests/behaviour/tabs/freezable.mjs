import puppeteer from "puppeteer-core";
import { Browser, Page, serve } from "../../hosts/browser.mjs";

/** Starts a Chromium whose pages can be frozen: playwright lets every page pass for the one in front, which never is. */
export async function startFreezable() {
    const executablePath = Browser.program("/usr/bin/chromium", "chromium");
    const server = await serve();
    try {
        // What runs as root has no sandbox.
        return new Freezable(server, await puppeteer.launch({ executablePath, headless: true, args: ["--no-sandbox"] }));
    } catch (error) {
        await server.close();
        throw error;
    }
}

class Freezable extends Browser {
    constructor(server, browser) {
        super("chromium", server);
        this.native = browser;
    }

    async page() {
        const page = new FreezablePage(this, await this.native.newPage());
        await page.native.goto(this.server.origin);
        return page;
    }

    async close() {
        await this.native.close();
        await this.server.close();
    }
}

class FreezablePage extends Page {
    constructor(browser, page) {
        super(browser);
        this.native = page;
    }

    evaluate(action, argument) {
        return this.native.evaluate(action, argument);
    }

    /** Freezes the page as Chromium does with a tab in the background, or thaws it. */
    async freeze(frozen) {
        this.session ??= await this.native.createCDPSession();
        await this.session.send("Page.setWebLifecycleState", { state: frozen ? "frozen" : "active" });
    }

    close() {
        return this.native.close();
    }
}
