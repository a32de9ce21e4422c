import { spawn } from "./child.mjs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { outcome } from "./browser.mjs";
import { bundle } from "./bundle.mjs";
import { program } from "./runtime.mjs";
import { within } from "./within.mjs";

const ENTRY = (file) => `
    import run from ${JSON.stringify(file instanceof URL ? fileURLToPath(file) : file)};
    export default {
        async fetch(request, environment, context) {
            try {
                return Response.json({ value: await run(await request.json(), context) });
            } catch (error) {
                return Response.json({ error: { message: String(error?.message ?? error), stack: String(error?.stack) } });
            }
        },
    };
`;

/** Runs modules in Cloudflare's workerd. */
export function start(options = {}) {
    return new Workerd(options);
}

class Workerd {
    kind = "runtime";
    name = "workerd";
    #workers = new Set();

    constructor({ caFile, bindings = {}, compatibility = "2026-11-01", flags = [] }) {
        this.options = { caFile, bindings, compatibility, flags };
    }

    /** Runs a module's default export in a worker of its own, within one request. */
    async run(file, argument, options) {
        const worker = await this.open(file);
        try {
            return await worker.call(argument, options);
        } finally {
            await worker.close();
        }
    }

    /** A worker that lives on: each call runs the default export once, `(argument, context)`, in a request of its own. */
    async open(file) {
        const worker = await Worker.start(file, this.options);
        this.#workers.add(worker);
        worker.ended.then(() => this.#workers.delete(worker));
        return worker;
    }

    async close() {
        await Promise.all([...this.#workers].map((worker) => worker.close()));
    }
}

class Worker {
    #child;
    stderr = "";

    constructor(child, folder) {
        this.#child = child;
        child.stderr.setEncoding("utf8").on("data", (text) => (this.stderr += text));
        this.ended = new Promise((resolve) => child.once("close", resolve)).then(() => rm(folder, { recursive: true }));
    }

    static async start(file, { caFile, ...settings }) {
        const folder = await mkdtemp(join(tmpdir(), "evertoken-workerd-"));
        const [script, ...assets] = await bundle("workerd", { text: ENTRY(file) });
        const ca = caFile === undefined ? undefined : await readFile(caFile, "utf8");
        await Promise.all([
            writeFile(join(folder, "main.mjs"), script.contents),
            ...assets.map((asset) => writeFile(join(folder, basename(asset.path)), asset.contents)),
            writeFile(
                join(folder, "config.capnp"),
                config(
                    assets.map((asset) => basename(asset.path)),
                    ca,
                    settings,
                ),
            ),
        ]);
        const child = spawn(program("workerd/bin/workerd"), ["serve", "--control-fd=3", join(folder, "config.capnp")], {
            stdio: ["ignore", "ignore", "pipe", "pipe"],
        });
        const worker = new Worker(child, folder);
        const listening = new Promise((resolve, reject) => {
            createInterface({ input: child.stdio[3] }).on("line", (line) => {
                const { event, port } = JSON.parse(line);
                if (event === "listen") {
                    resolve(port);
                }
            });
            child.once("error", reject).once("close", () => reject(new Error(`workerd ended:\n${worker.stderr}`)));
        });
        worker.url = `http://127.0.0.1:${await listening}/`;
        return worker;
    }

    /** Calls the module in a request of its own; `signal` ends the request as a client does that goes away. */
    async call(argument, { timeoutMs = 60_000, signal } = {}) {
        const asked = fetch(this.url, { method: "POST", body: JSON.stringify(argument ?? null), signal });
        const response = await within(timeoutMs, "workerd", asked);
        const text = await response.text();
        if (!response.ok) {
            throw new Error(`workerd: ${response.status}: ${text}\n${this.stderr}`);
        }
        return outcome(JSON.parse(text));
    }

    async close() {
        this.#child.kill("SIGKILL");
        await this.ended;
    }
}

function config(assets, ca, { bindings, compatibility, flags }) {
    const texts = Object.entries(bindings).map(
        ([name, text]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(text)})`,
    );
    const modules = [
        '(name = "main.mjs", esModule = embed "main.mjs")',
        ...assets.map((name) => `(name = ${JSON.stringify(name)}, wasm = embed ${JSON.stringify(name)})`),
    ];
    const tls = `tlsOptions = (trustBrowserCas = true${ca === undefined ? "" : `, trustedCertificates = [${JSON.stringify(ca)}]`})`;
    return `
        using Workerd = import "/workerd/workerd.capnp";
        const config :Workerd.Config = (
            services = [
                (name = "main", worker = .main),
                (name = "internet", network = (allow = ["public", "private", "local"], ${tls})),
            ],
            sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
        );
        const main :Workerd.Worker = (
            modules = [${modules.join(", ")}],
            bindings = [${texts.join(", ")}],
            compatibilityDate = ${JSON.stringify(compatibility)},
            compatibilityFlags = ${JSON.stringify(flags)},
        );
    `;
}
