import { spawn } from "./child.mjs";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { outcome } from "./browser.mjs";
import { bundle } from "./bundle.mjs";

const MARK = "evertoken-outcome:";

const ENTRY = (file) => `
    import { readFileSync, writeSync } from "node:fs";
    import run from ${JSON.stringify(file.startsWith("file:") ? fileURLToPath(file) : file)};
    const told = {};
    try {
        told.value = await run(JSON.parse(readFileSync(process.env.EVERTOKEN_ARGUMENT, "utf8")));
    } catch (error) {
        told.error = { message: String(error?.message ?? error), stack: String(error?.stack) };
    }
    writeSync(1, "\\n${MARK}" + JSON.stringify(told) + "\\n");
`;

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
    #running = new Set();
    #folder = mkdtemp(join(tmpdir(), "evertoken-runs-"));
    #programs = new Map();
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
            throw new Error(`${this.name}: ${file} ended with ${signal ?? code} and without an answer\n${stdout}${stderr}`);
        }
        return outcome(told);
    }

    /** As `run`, and tells all about the process: `{ outcome, stdout, stderr, code, signal, timedOut }`. */
    async execute(file, argument, { timeoutMs = 60_000, env = {} } = {}) {
        const given = join(await this.#folder, `argument-${(this.#runs += 1)}.json`);
        await writeFile(given, JSON.stringify(argument ?? null));
        return this.#ended(await this.#program(String(file)), timeoutMs, { ...env, EVERTOKEN_ARGUMENT: given });
    }

    #program(file) {
        if (!this.#programs.has(file)) {
            this.#programs.set(file, this.#written(file, this.#programs.size + 1));
        }
        return this.#programs.get(file);
    }

    async #written(file, number) {
        const folder = join(await this.#folder, String(number));
        await mkdir(folder);
        const [script, ...assets] = await bundle(this.name, { text: ENTRY(file) });
        const main = join(folder, "main.mjs");
        await writeFile(main, script.contents);
        await Promise.all(assets.map((asset) => writeFile(join(folder, asset.path.slice(1)), asset.contents)));
        return main;
    }

    async close() {
        for (const child of this.#running) {
            child.kill("SIGKILL");
        }
        await rm(await this.#folder, { recursive: true });
    }

    #ended(main, timeoutMs, env) {
        const [command, ...before] = this.command;
        const child = spawn(command, [...before, main], {
            stdio: ["ignore", "pipe", "pipe"],
            env: { ...process.env, NO_COLOR: "1", ...this.env, ...env },
        });
        this.#running.add(child);
        const texts = { stdout: "", stderr: "" };
        child.stdout.setEncoding("utf8").on("data", (text) => (texts.stdout += text));
        child.stderr.setEncoding("utf8").on("data", (text) => (texts.stderr += text));
        let timedOut = false;
        const timer = setTimeout(() => {
            timedOut = true;
            child.kill("SIGKILL");
        }, timeoutMs);
        return new Promise((resolve, reject) => {
            child.once("error", reject).once("close", (code, signal) => {
                clearTimeout(timer);
                this.#running.delete(child);
                const lines = texts.stdout.split("\n");
                const told = lines.find((line) => line.startsWith(MARK));
                resolve({
                    outcome: told === undefined ? undefined : JSON.parse(told.slice(MARK.length)),
                    stdout: lines.filter((line) => !line.startsWith(MARK)).join("\n"),
                    stderr: texts.stderr,
                    code,
                    signal,
                    timedOut,
                });
            });
        });
    }
}
