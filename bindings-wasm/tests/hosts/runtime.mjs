import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { outcome } from "./browser.mjs";
import { bundle } from "./bundle.mjs";
import { spawn } from "./child.mjs";
import { within } from "./within.mjs";

const MARK = "evertoken-outcome:";

const RUNNING = (file) => `
    import { readFileSync, writeSync } from "node:fs";
    import { createInterface } from "node:readline";
    import run from ${JSON.stringify(file.startsWith("file:") ? fileURLToPath(file) : file)};
    async function tell(argument) {
        const told = {};
        try {
            told.value = await run(JSON.parse(argument));
        } catch (error) {
            told.error = { message: String(error?.message ?? error), stack: String(error?.stack) };
        }
        writeSync(1, "\\n${MARK}" + JSON.stringify(told) + "\\n");
    }
`;
/** Runs once. */
const ONCE = (file) => `${RUNNING(file)} await tell(readFileSync(process.env.EVERTOKEN_ARGUMENT, "utf8"));`;
/** Runs for each line that comes in. */
const OFTEN = (file) =>
    `${RUNNING(file)} for await (const line of createInterface({ input: process.stdin })) await tell(line);`;

/** The path of a program of the workbench; an error says how to install it. */
export function program(path) {
    const file = fileURLToPath(new URL(`../../node_modules/${path}`, import.meta.url));
    if (!existsSync(file)) {
        throw new Error(`${file} is missing: npm ci in bindings-wasm`);
    }
    return file;
}

/** A runtime that runs a module as a program of its own: each run is a new process, over when it exits by itself. */
export class Runtime {
    kind = "runtime";
    #folder = mkdtemp(join(tmpdir(), "evertoken-runs-"));
    #programs = new Map();
    #running = new Set();
    #runs = 0;

    /** `command` is the program and its arguments before the file's name; `env` what its environment has more. */
    constructor(name, command, env) {
        this.name = name;
        this.command = command;
        this.env = env;
    }

    /** Runs a module's default export with an argument and gives its answer; both are JSON. */
    async run(file, argument, options) {
        const { outcome: told, stdout, stderr, code, signal } = await this.execute(file, argument, options);
        if (told === undefined) {
            throw new Error(
                `${this.name}: ${file} ended with ${signal ?? code} and without an answer\n${stdout}${stderr}`,
            );
        }
        return outcome(told);
    }

    /** As `run`, and tells all about the process: `{ outcome, stdout, stderr, code, signal, timedOut }`. */
    async execute(file, argument, { timeoutMs = 60_000, env = {} } = {}) {
        const given = join(await this.#folder, `argument-${(this.#runs += 1)}.json`);
        await writeFile(given, JSON.stringify(argument ?? null));
        const child = await this.#started(ONCE(String(file)), "ignore", { ...env, EVERTOKEN_ARGUMENT: given });
        const texts = { stdout: "", stderr: "" };
        child.stdout.setEncoding("utf8").on("data", (text) => (texts.stdout += text));
        child.stderr.setEncoding("utf8").on("data", (text) => (texts.stderr += text));
        let timedOut = false;
        const timer = setTimeout(() => {
            timedOut = true;
            child.kill("SIGKILL");
        }, timeoutMs);
        const [code, signal] = await new Promise((resolve, reject) => {
            child.once("error", reject).once("close", (...ended) => resolve(ended));
        });
        clearTimeout(timer);
        const lines = texts.stdout.split("\n");
        const told = lines.find((line) => line.startsWith(MARK));
        return {
            outcome: told === undefined ? undefined : JSON.parse(told.slice(MARK.length)),
            stdout: lines.filter((line) => !line.startsWith(MARK)).join("\n"),
            stderr: texts.stderr,
            code,
            signal,
            timedOut,
        };
    }

    /** A process that lives on: each of its calls runs the default export once. */
    async open(file) {
        return new Conversation(this.name, await this.#started(OFTEN(String(file)), "pipe", {}));
    }

    async close() {
        for (const child of this.#running) {
            child.kill("SIGKILL");
        }
        await rm(await this.#folder, { recursive: true });
    }

    async #started(text, stdin, env) {
        const main = await this.#program(text);
        const [command, ...before] = this.command;
        const child = spawn(command, [...before, main], {
            stdio: [stdin, "pipe", "pipe"],
            env: { ...process.env, NO_COLOR: "1", ...this.env, ...env },
        });
        this.#running.add(child);
        child.once("close", () => this.#running.delete(child));
        return child;
    }

    #program(text) {
        if (!this.#programs.has(text)) {
            this.#programs.set(text, this.#written(text, this.#programs.size + 1));
        }
        return this.#programs.get(text);
    }

    async #written(text, number) {
        const folder = join(await this.#folder, String(number));
        await mkdir(folder);
        const [script, ...assets] = await bundle(this.name, { text });
        const main = join(folder, "main.mjs");
        await writeFile(main, script.contents);
        await Promise.all(assets.map((asset) => writeFile(join(folder, asset.path.slice(1)), asset.contents)));
        return main;
    }
}

/** A process that is asked and answers in lines. */
class Conversation {
    #name;
    #child;
    #stderr = "";
    #answered;
    #ended;

    constructor(name, child) {
        this.#name = name;
        this.#child = child;
        this.#ended = new Promise((resolve) => child.once("error", resolve).once("close", resolve));
        child.stderr.setEncoding("utf8").on("data", (text) => (this.#stderr += text));
        createInterface({ input: child.stdout }).on("line", (line) => {
            if (line.startsWith(MARK)) {
                this.#answered?.(JSON.parse(line.slice(MARK.length)));
            }
        });
    }

    /** One call at a time. */
    async call(argument, { timeoutMs = 60_000 } = {}) {
        const answer = new Promise((resolve) => (this.#answered = resolve));
        const over = this.#ended.then(() => {
            throw new Error(`${this.#name} ended without an answer\n${this.#stderr}`);
        });
        this.#child.stdin.write(`${JSON.stringify(argument ?? null)}\n`);
        return outcome(await within(timeoutMs, this.#name, Promise.race([answer, over])));
    }

    async close() {
        this.#child.kill("SIGKILL");
        await this.#ended;
    }
}
