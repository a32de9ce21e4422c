import { launch } from "../hosts/launch.mjs";
import { inHost } from "./host.mjs";

/** Declares the tests in a page; over https, since browsers stream uploads over HTTP/2 only. */
export function inBrowser(name) {
    inHost(name, "https", async () => {
        const browser = await launch(name);
        const page = await browser.open(new URL("subject.mjs", import.meta.url));
        return { call: (given) => page.call(given), close: () => browser.close() };
    });
}
