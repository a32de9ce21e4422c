import { spawn } from "./child.mjs";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT } from "./bundle.mjs";
import { ask, OPEN_CORS, VENDORS } from "./control.mjs";

/** The sandbox as a process of its own; it ends with this one. */
export class Sandbox {
    #child;

    constructor(child, line) {
        this.#child = child;
        /** The start line: URLs, keys and the CA's file. */
        this.line = line;
    }

    /** Starts the binary that EVERTOKEN_SANDBOX names. */
    static async start(args = []) {
        const binary = process.env.EVERTOKEN_SANDBOX ?? join(ROOT, "target/debug/evertoken-sandbox");
        if (!existsSync(binary)) {
            throw new Error(`${binary} is missing: cargo build -p evertoken-sandbox, or name it in EVERTOKEN_SANDBOX`);
        }
        const child = spawn(binary, args, { stdio: ["pipe", "pipe", "inherit"] });
        const lines = createInterface({ input: child.stdout });
        const line = await new Promise((resolve, reject) => {
            lines.once("line", resolve);
            child.once("error", reject).once("close", () => reject(new Error("the sandbox ended")));
        });
        return new Sandbox(child, JSON.parse(line));
    }

    /** Asks the control API: `control("POST", "/clock", { advance_ms: 1000 })`. */
    control(method, path, body) {
        return ask(fetch, this.line.control, method, path, body);
    }

    /** Everything anew, every vendor open to pages of every origin. */
    async reset() {
        await this.control("POST", "/reset");
        await Promise.all(VENDORS.map((vendor) => this.control("PATCH", `/${vendor}/settings`, { cors: OPEN_CORS })));
    }

    /** Waits until so many answers are held; an error after ten seconds. */
    async held(count = 1) {
        for (const end = Date.now() + 10_000; (await this.control("GET", "/idle")).held < count; await sleep(5)) {
            if (Date.now() > end) {
                throw new Error(`there were never ${count} held answers`);
            }
        }
    }

    async close() {
        this.#child.stdin.end();
        await new Promise((resolve) =>
            this.#child.exitCode === null ? this.#child.once("close", resolve) : resolve(),
        );
    }
}
