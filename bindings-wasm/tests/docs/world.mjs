import { once } from "node:events";
import { chromium } from "playwright-core";
import { Browser } from "../hosts/browser.mjs";
import { PACKAGE } from "../hosts/bundle.mjs";
import { spawn } from "../hosts/child.mjs";
import { launch } from "../hosts/launch.mjs";
import { Sandbox } from "../hosts/sandbox.mjs";
import { Server } from "../hosts/server.mjs";
import { within } from "../hosts/within.mjs";
import { FOLDER } from "./program.mjs";

/** The host names that the pages are written with, and who answers there. */
const NAMES = {
    "acme.piwik.pro": "piwik_pro",
    "api.didomi.io": "didomi",
    "shop.example.com": "oro",
    "crm.example.com": "oro",
    "login.example.com": "oauth2",
    "api.example.com": "oauth2",
};
/** The credentials that the pages write out. */
const WRITTEN = [
    ["piwik_pro", "the client id", "the client secret"],
    ["didomi", "the key", "the secret"],
    ["oauth2", "the client id", "the client secret"],
];
/** The one API that the sandbox has not: it answers any query so. */
const INVOICES = { json: { data: { invoices: [{ id: "1" }] } } };
const GRAPHQL = {
    kind: "api",
    path: "/api/graphql",
    fault: { type: "answer", status: 200, headers: [["content-type", "application/json"]], body: INVOICES },
};
const TIMEOUT_MS = 60_000;

/** What the pages run in: the sandbox under the names that they use, and the site that pages of a browser come from. */
export class World {
    static async start() {
        const sandbox = await Sandbox.start();
        const site = await Server.start();
        const ports = Object.entries(NAMES).map(([name, vendor]) => [name, new URL(sandbox.line[vendor].https).port]);
        const names = ports.map(([name, port]) => `MAP ${name}:443 127.0.0.1:${port}`);
        const rules = [...names, "MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1"];
        const browser = await chromium.launch({
            executablePath: Browser.program("/usr/bin/chromium", "chromium"),
            args: [`--host-resolver-rules=${rules.join(", ")}`],
        });
        return new World(sandbox, site, browser, Object.fromEntries(ports));
    }

    #backend;

    constructor(sandbox, site, browser, ports) {
        this.sandbox = sandbox;
        this.site = site;
        this.browser = browser;
        this.ports = ports;
        site.folder("/docs/", FOLDER);
        site.folder("/evertoken/", PACKAGE);
        site.handle("/token", (request) => this.#token(request));
        site.handle("/billing/token", ({ method }) => passedOn(`${sandbox.line.oauth2.http}/broker/token`, { method }));
    }

    /** Everything anew: the keys of the pages, no tokens, nothing logged. */
    async reset() {
        await this.sandbox.reset();
        for (const [vendor, id, secret] of WRITTEN) {
            await this.sandbox.control("POST", `/${vendor}/keys`, { name: "Docs", id, secret });
        }
        await this.sandbox.control("POST", "/oauth2/faults", GRAPHQL);
        this.#backend = undefined;
    }

    /**
     * Runs a module in Node and returns what it printed once it has ended. `serving` runs something while the module
     * listens on `PORT`, as the site's own back end, and ends the process after it.
     */
    async node(file, serving) {
        const preload = new URL("names.mjs", import.meta.url).href;
        const port = await freePort();
        const child = spawn(process.execPath, ["--import", preload, file], { env: this.#environment(port), cwd: FOLDER });
        const closed = once(child, "close");
        const printed = { out: "", err: "" };
        child.stderr.on("data", (some) => (printed.err += some));
        const over = async (ends) => {
            try {
                return await within(TIMEOUT_MS, file, ends());
            } finally {
                child.kill();
            }
        };
        const end = new Promise((resolve) => {
            child.stdout.on("data", (some) => {
                printed.out += some;
                if (printed.out.includes("--- end\n")) resolve("end");
            });
        });
        const serves = async () => {
            if ((await Promise.race([end, closed])) !== "end") return closed;
            this.#backend = `http://127.0.0.1:${port}`;
            await serving();
            return [0];
        };
        const [code] = await over(serving === undefined ? () => closed : serves);
        if (code !== 0) throw new Error(`${file} ended with ${code}\n${printed.out}\n${printed.err}`);
        return printed.out;
    }

    /** Opens a page of the site, runs what `action` does with it, and returns what it printed; it must not fail. */
    async page(path, action) {
        const context = await this.browser.newContext({ ignoreHTTPSErrors: true });
        const page = await context.newPage();
        const printed = [];
        const failures = [];
        page.on("console", (message) => {
            // What the browser itself says of a refused request is not the page's.
            if (!message.text().startsWith("Failed to load resource")) printed.push(message.text());
        });
        page.on("pageerror", (error) => failures.push(error));
        try {
            await page.goto(this.site.origin + path);
            await within(TIMEOUT_MS, path, action(page));
            // What nobody catches is told after the task that left it behind.
            await page.evaluate(() => new Promise((go) => setTimeout(go, 50)));
        } catch (error) {
            failures.unshift(error);
        } finally {
            await context.close();
        }
        if (failures.length > 0) throw new Error(`${failures.join("\n")}\nprinted:\n${printed.join("\n")}`);
        return `${printed.join("\n")}\n`;
    }

    /** Runs a module of the `/docs/` folder in a page. */
    module(path) {
        return this.page("/", (page) => page.evaluate((url) => import(url).then(() => undefined), `/docs/${path}`));
    }

    /** Runs the worker that a module exports, for one request, and returns the answer's status. */
    async worker(file) {
        const { id, secret } = this.sandbox.line.keys.oauth2;
        const origins = Object.entries(NAMES).map(([name, vendor]) => [`https://${name}`, this.sandbox.line[vendor].http]);
        const host = await launch("workerd", { bindings: { CLIENT_ID: id, CLIENT_SECRET: secret } });
        try {
            return await host.run(file, Object.fromEntries(origins));
        } finally {
            await host.close();
        }
    }

    async stop() {
        await this.browser.close();
        await this.site.close();
        await this.sandbox.close();
    }

    /** Of this process's environment only what a program needs to start. */
    #environment(port) {
        const keys = this.sandbox.line.keys;
        return {
            PATH: process.env.PATH,
            HOME: process.env.HOME,
            NODE_EXTRA_CA_CERTS: this.sandbox.line.ca_pem_file,
            EVERTOKEN_TEST_NAMES: JSON.stringify(this.ports),
            PORT: String(port),
            PIWIK_PRO_CLIENT_ID: keys.piwik_pro.id,
            PIWIK_PRO_CLIENT_SECRET: keys.piwik_pro.secret,
            DIDOMI_API_KEY: keys.didomi.id,
            DIDOMI_API_SECRET: keys.didomi.secret,
            ORO_CLIENT_ID: keys.oro_back_office.id,
            ORO_CLIENT_SECRET: keys.oro_back_office.secret,
            CLIENT_ID: keys.oauth2.id,
            CLIENT_SECRET: keys.oauth2.secret,
        };
    }

    /** The site's own token endpoint: the back end that the page shows, or else the vendor's fresh tokens for everybody. */
    async #token({ method, headers }) {
        if (this.#backend) return passedOn(`${this.#backend}/token`, { method, headers: forwarded(headers) });
        const { id, secret } = this.sandbox.line.keys.piwik_pro;
        return passedOn(`${this.sandbox.line.piwik_pro.http}/auth/token`, {
            method,
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ grant_type: "client_credentials", client_id: id, client_secret: secret }),
        });
    }
}

async function passedOn(url, init) {
    const answer = await fetch(url, init);
    return { status: answer.status, type: answer.headers.get("content-type") ?? "text/plain", body: await answer.text() };
}

function forwarded(headers) {
    const kept = Object.entries(headers).filter(([name]) => /^(cookie|origin|sec-fetch-.*|x-.*)$/.test(name));
    return Object.fromEntries(kept);
}

async function freePort() {
    const server = await Server.start();
    const { port } = new URL(server.origin);
    await server.close();
    return Number(port);
}
