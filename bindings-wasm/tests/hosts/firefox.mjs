import { Browser } from "./browser.mjs";
import { Puppet, PuppetPage } from "./puppet.mjs";

/** Starts Firefox through puppeteer-core, which speaks WebDriver BiDi to it. */
export async function start() {
    const executablePath = Browser.program("/usr/bin/firefox-esr", "firefox-esr");
    return Puppet.start("firefox", PuppetPage, { browser: "firefox", executablePath });
}
