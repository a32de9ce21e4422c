import { Browser } from "./browser.mjs";
import { Puppet, PuppetPage } from "./puppet.mjs";

/**
 * Starts Chromium through puppeteer-core, which speaks the Chrome DevTools Protocol to it.
 *
 * With playwright every page would pass for the one in front, which Chromium never freezes.
 */
export async function start() {
    const executablePath = Browser.program("/usr/bin/chromium", "chromium");
    // What runs as root has no sandbox.
    return Puppet.start("chromium", ChromiumPage, { executablePath, args: ["--no-sandbox"] });
}

class ChromiumPage extends PuppetPage {
    #cdp;

    /** The page's session of the Chrome DevTools Protocol. */
    cdp() {
        this.#cdp ??= this.native.createCDPSession();
        return this.#cdp;
    }

    /** Takes the page's network away for real, or gives it back. */
    async offline(offline) {
        await this.native.setOfflineMode(offline);
    }

    /** Freezes the page as Chromium does with a tab in the background, or thaws it. */
    async freeze(frozen) {
        const cdp = await this.cdp();
        await cdp.send("Page.setWebLifecycleState", { state: frozen ? "frozen" : "active" });
    }
}
