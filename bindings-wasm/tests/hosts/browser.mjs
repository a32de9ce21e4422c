import { existsSync } from "node:fs";
import { extname } from "node:path";
import { bundle } from "./bundle.mjs";
import { Server } from "./server.mjs";
import { within } from "./within.mjs";

/** What the engines have in common: a server for pages and modules, and the running of a module in a page. */
export class Browser {
    kind = "browser";
    #served = new Map();

    constructor(name, server) {
        this.name = name;
        this.server = server;
    }

    /** The path of an engine's program; an error names the Debian package that brings it. */
    static program(path, debianPackage) {
        if (!existsSync(path)) {
            throw new Error(`${path} is missing: apt-get install --no-install-recommends ${debianPackage}`);
        }
        return path;
    }

    /** Runs a module's default export in a new page. */
    async run(file, argument, options) {
        const page = await this.page();
        try {
            return await page.run(file, argument, options);
        } finally {
            await page.close();
        }
    }

    /** A page that lives on: each of its calls runs the default export once. */
    async open(file) {
        const page = await this.page();
        return { page, call: (argument, options) => page.run(file, argument, options), close: () => page.close() };
    }

    /** The URL of a bundled module on the page's own origin; `format: "iife"` for classic scripts and workers. */
    async module(file, { format = "esm", define } = {}) {
        const key = JSON.stringify([typeof file === "object" && "text" in file ? file : String(file), format, define]);
        if (!this.#served.has(key)) {
            this.#served.set(key, this.#serve(file, { format, define }));
        }
        return this.#served.get(key);
    }

    async #serve(file, options) {
        const folder = `/modules/${this.#served.size + 1}`;
        const [script, ...assets] = await bundle(this.name, file, options);
        for (const asset of assets) {
            this.server.content(`${folder}/${asset.path.slice(1)}`, asset.contents);
        }
        // A worker below the root may control every page.
        return this.server.content(`${folder}/main${extname(script.path)}`, script.contents, {
            headers: { "service-worker-allowed": "/" },
        });
    }
}

/** What pages have in common. An engine's page has `goto(url)`, `evaluate(function, argument)` and `close()`. */
export class Page {
    constructor(browser) {
        this.browser = browser;
    }

    /** Runs a module's default export with an argument and gives its answer; both are JSON. */
    async run(file, argument, { timeoutMs = 60_000 } = {}) {
        const url = await this.browser.module(file);
        const start = async ({ url, argument }) => {
            try {
                const module = await import(url);
                return { value: await module.default(argument) };
            } catch (error) {
                return { error: { message: String(error?.message ?? error), stack: String(error?.stack) } };
            }
        };
        return outcome(
            await within(timeoutMs, `${this.browser.name}: ${file}`, this.evaluate(start, { url, argument })),
        );
    }
}

/** The value of a run, or its error thrown here. */
export function outcome({ value, error }) {
    if (error !== undefined) {
        throw Object.assign(new Error(error.message), { stack: `${error.message}\n${error.stack}` });
    }
    return value;
}

/** Starts the server that a browser's pages come from. */
export function serve() {
    return Server.start();
}
