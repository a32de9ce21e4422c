import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";

const PAGE = fileURLToPath(new URL("../page", import.meta.url));
const TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
};

/** The server of the page: its files, the package, the brokers, and the stage's remote control. */
export class Site {
    #library;
    #stage;
    #sessions;

    constructor(library, stage, sessions) {
        this.#library = library;
        this.#stage = stage;
        this.#sessions = sessions;
    }

    /** Listens on this machine only; returns the URL. */
    async listen(port) {
        this.server = createServer((request, response) => {
            this.#answer(request, response).catch((error) => {
                if (response.destroyed) return;
                console.error(error.stack);
                if (!response.headersSent) response.writeHead(500);
                response.end();
            });
        });
        await new Promise((resolve, reject) => {
            this.server.once("error", reject).listen(port, "127.0.0.1", resolve);
        });
        return `http://127.0.0.1:${this.server.address().port}/`;
    }

    close() {
        this.server.close();
        this.server.closeAllConnections();
    }

    async #answer(request, response) {
        response.setHeader("content-security-policy", await this.#policy());
        const { pathname } = new URL(request.url, "http://localhost");
        const [, first, second] = pathname.split("/");
        if (first === "token") return this.#stage.brokers[second]?.answer(request, response) ?? missing(response);
        if (first === "stage") return this.#remote(second, request, response);
        if (pathname === "/evertoken/entry") {
            const entry = this.#library.entry(["browser", "import", "default"]);
            return response.writeHead(302, { location: new URL(entry, "http://localhost/evertoken/").pathname }).end();
        }
        if (first === "evertoken") return file(response, this.#library.folder, pathname.slice("/evertoken".length));
        return file(response, PAGE, pathname === "/" ? "/index.html" : pathname);
    }

    /** What the page may do: its own scripts, the import map, WebAssembly, and calls of the vendors. */
    async #policy() {
        const [, map] = /<script type="importmap">([^]*?)<\/script>/.exec(
            await readFile(join(PAGE, "index.html"), "utf8"),
        );
        const hash = createHash("sha256").update(map).digest("base64");
        const vendors = this.#stage.about().vendors.map(({ api }) => new URL(api).origin);
        return [
            "default-src 'self'",
            `script-src 'self' 'wasm-unsafe-eval' 'sha256-${hash}'`,
            `connect-src 'self' ${vendors.join(" ")}`,
            "frame-ancestors 'none'",
        ].join("; ");
    }

    async #remote(deed, request, response) {
        if (deed === "about") return json(response, { ...this.#stage.about(), csrf: this.#sessions.open(response) });
        if (!["look", "trouble", "revoke", "startOver"].includes(deed)) return missing(response);
        if (request.method !== "POST" || !this.#sessions.allows(request)) return response.writeHead(401).end();
        json(response, await this.#stage[deed](await body(request)));
    }
}

async function body(request) {
    let text = "";
    for await (const part of request) text += part;
    return JSON.parse(text || "{}");
}

function json(response, value) {
    response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(JSON.stringify(value));
}

async function file(response, folder, path) {
    const place = normalize(join(folder, path));
    const content = place.startsWith(folder + sep) ? await readFile(place).catch(() => undefined) : undefined;
    if (content === undefined) return missing(response);
    response.writeHead(200, {
        "content-type": TYPES[extname(place)] ?? "application/octet-stream",
        "cache-control": "no-cache",
    });
    response.end(content);
}

function missing(response) {
    response.writeHead(404).end();
}
