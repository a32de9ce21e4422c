import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { pipeline } from "node:stream/promises";

const TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
};
const PAGE = '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>page</title>';
const NOWHERE = { status: 404, type: "text/plain", body: "not found", headers: {} };

/** A static server on loopback with a mailbox: what pages post there is read by the test, and the other way round. */
export class Server {
    #http = createServer((request, response) => {
        this.#answer(request, response).catch((error) => response.destroy(error));
    });
    #contents = new Map([["/", { status: 200, type: TYPES[".html"], body: PAGE, headers: {} }]]);
    #folders = new Map();
    #handlers = new Map();
    #boxes = new Map();

    /** Listens on a free port of 127.0.0.1, or on the given one. */
    static async start({ port = 0 } = {}) {
        const server = new Server();
        await new Promise((resolve, reject) => server.#http.once("error", reject).listen(port, "127.0.0.1", resolve));
        server.origin = `http://127.0.0.1:${server.#http.address().port}`;
        return server;
    }

    /** Serves a text or bytes at a path; the media type follows the path's ending. */
    content(path, body, { status = 200, type = TYPES[extname(path)] ?? TYPES[".html"], headers = {} } = {}) {
        this.#contents.set(path, { status, type, body, headers });
        return this.origin + path;
    }

    /** An empty page at a path, with headers such as a Content-Security-Policy, and with more HTML if given. */
    page(path, { headers = {}, html = "" } = {}) {
        return this.content(path, PAGE + html, { type: TYPES[".html"], headers });
    }

    /** Serves the files below a folder below a path that ends with a slash. */
    folder(path, folder, { headers = {} } = {}) {
        this.#folders.set(path, { folder, headers });
        return this.origin + path;
    }

    /** Answers a path by a function of `(request, body)` that gives `{ status, type, body, headers }`. */
    handle(path, handler) {
        this.#handlers.set(path, handler);
        return this.origin + path;
    }

    /** Puts a JSON value into a box, for a page that asks `GET /mailbox/NAME`. */
    post(name, value) {
        const box = this.#box(name);
        const reader = box.readers.shift();
        if (reader === undefined) {
            box.letters.push(value);
        } else {
            reader(value);
        }
    }

    /** Takes the oldest JSON value out of a box, waiting for it: what a page sent with `POST /mailbox/NAME`. */
    mail(name) {
        const box = this.#box(name);
        return box.letters.length > 0
            ? Promise.resolve(box.letters.shift())
            : new Promise((resolve) => box.readers.push(resolve));
    }

    async close() {
        this.#http.closeAllConnections();
        await new Promise((resolve) => this.#http.close(resolve));
    }

    #box(name) {
        if (!this.#boxes.has(name)) {
            this.#boxes.set(name, { letters: [], readers: [] });
        }
        return this.#boxes.get(name);
    }

    async #answer(request, response) {
        const path = decodeURIComponent(new URL(request.url, this.origin).pathname);
        const { status, type, headers, body, file } =
            request.method === "OPTIONS" && !this.#handlers.has(path)
                ? { status: 204, type: "text/plain", headers: {} }
                : await this.#found(path, request);
        response.writeHead(status, {
            "content-type": type,
            "cache-control": "no-store",
            "access-control-allow-origin": "*",
            "access-control-allow-headers": "content-type",
            ...headers,
        });
        if (file === undefined) {
            response.end(body);
        } else {
            await pipeline(createReadStream(file), response);
        }
    }

    async #found(path, request) {
        if (path.startsWith("/mailbox/")) {
            return this.#mailed(path.slice("/mailbox/".length), request);
        }
        const handler = this.#handlers.get(path);
        if (handler !== undefined) {
            const {
                status = 200,
                type = "text/plain",
                body = "",
                headers = {},
            } = await handler(request, await read(request));
            return { status, type, body, headers };
        }
        return this.#contents.get(path) ?? (await this.#stored(path)) ?? NOWHERE;
    }

    async #mailed(name, request) {
        if (request.method === "POST") {
            this.post(name, JSON.parse((await read(request)) || "null"));
            return { status: 204, type: "text/plain", headers: {} };
        }
        return { status: 200, type: TYPES[".json"], body: JSON.stringify(await this.mail(name)), headers: {} };
    }

    async #stored(path) {
        const prefix = [...this.#folders.keys()]
            .filter((key) => path.startsWith(key))
            .sort((a, b) => b.length - a.length)[0];
        if (prefix === undefined) {
            return undefined;
        }
        const { folder, headers } = this.#folders.get(prefix);
        const inside = normalize(path.slice(prefix.length) || "index.html");
        const file = join(folder, inside);
        if (inside.startsWith("..") || inside.startsWith(sep) || !(await stat(file).catch(() => undefined))?.isFile()) {
            return undefined;
        }
        return { status: 200, type: TYPES[extname(file)] ?? "application/octet-stream", headers, file };
    }
}

async function read(request) {
    const chunks = [];
    for await (const chunk of request) {
        chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString();
}
