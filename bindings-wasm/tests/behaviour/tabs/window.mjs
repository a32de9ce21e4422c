import { fileURLToPath } from "node:url";
import { launch } from "../../hosts/launch.mjs";
import { Sandbox } from "../../hosts/sandbox.mjs";

const WORKER = fileURLToPath(new URL("worker.mjs", import.meta.url));
const PAGE = fileURLToPath(new URL("page.mjs", import.meta.url));

/** A browser's window with tabs of one origin, and the sandbox that their clients ask. */
export class Window {
    #tabs = [];
    #gates = 0;

    constructor(browser, sandbox) {
        this.browser = browser;
        this.sandbox = sandbox;
    }

    static async open(name) {
        const sandbox = await Sandbox.start();
        return new Window(await launch(name), sandbox);
    }

    /** Closes the tabs and forgets what the sandbox has seen. */
    async clear() {
        await Promise.all(this.#tabs.splice(0).map((tab) => tab.close()));
        await this.sandbox.reset();
    }

    async close() {
        await this.browser.close();
        await this.sandbox.close();
    }

    /** Opens a tab with a client, at a path; `asks` for one that asks a function for its credentials. */
    async tab({ path, asks, ...options } = {}) {
        const tab = new Tab(await this.browser.page({ path }));
        this.#tabs.push(tab);
        await tab.does("open", { line: this.sandbox.line, asks, options });
        return tab;
    }

    tabs(count, options) {
        return Promise.all(Array.from({ length: count }, () => this.tab(options)));
    }

    /** Lets tabs do the same thing. */
    all(tabs, act, argument) {
        return Promise.all(tabs.map((tab) => tab.does(act, argument)));
    }

    /** Lets tabs do the same thing at the same moment. */
    async together(tabs, act) {
        const { url } = this.gate(tabs.length);
        return this.all(tabs, act, { gate: url });
    }

    /** A URL that answers when so many have asked for it, or when it is opened. */
    gate(count = Infinity) {
        let open;
        let come = 0;
        const opened = new Promise((resolve) => (open = resolve));
        const url = this.browser.server.handle(`/gates/${(this.#gates += 1)}`, async () => {
            if ((come += 1) >= count) {
                open();
            }
            await opened;
            return {};
        });
        return { url, open };
    }

    /** Gets a token in a web worker of a tab. */
    async tokenInWorker(tab) {
        const acts = [{ act: "open", line: this.sandbox.line }, { act: "token" }];
        return tab.does("inWorker", { url: await this.browser.module(WORKER), acts });
    }

    /** How many token requests have arrived. */
    async requests() {
        return (await this.sandbox.control("GET", "/counts")).oauth2.token;
    }

    async apiCalls() {
        return (await this.sandbox.control("GET", "/counts")).oauth2.api;
    }

    /** Holds the answers of so many token requests. */
    async holdAnswers(times) {
        await this.sandbox.control("POST", "/oauth2/faults", { kind: "token", times, fault: { type: "hang" } });
    }

    async heldAnswers() {
        return (await this.sandbox.control("GET", "/idle")).held;
    }

    async releaseAnswers() {
        await this.sandbox.control("POST", "/oauth2/release", { kind: "token" });
    }

    async revoke() {
        await this.sandbox.control("POST", "/oauth2/tokens/revoke", {});
    }
}

class Tab {
    #isClosed = false;

    constructor(page) {
        this.page = page;
    }

    does(act, argument = {}) {
        return this.page.run(PAGE, { act, ...argument });
    }

    async close() {
        if (!this.#isClosed) {
            this.#isClosed = true;
            await this.page.close();
        }
    }
}
