import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Sandbox } from "../../browser/server/sandbox.mjs";

const EXAMPLES = fileURLToPath(new URL("..", import.meta.url));
const PACKAGE = process.env.EVERTOKEN_PACKAGE ?? fileURLToPath(new URL("../../../target/js/package", import.meta.url));

/** A folder with the examples and the package installed beside them, as a user has them, and a sandbox to run them against. */
export class Stage {
    static async open() {
        const folder = await mkdtemp(join(tmpdir(), "evertoken-examples-"));
        await cp(EXAMPLES, folder, { recursive: true, filter: (path) => !path.includes("node_modules") });
        await mkdir(join(folder, "node_modules"));
        await symlink(resolve(PACKAGE), join(folder, "node_modules", "evertoken"), "dir");
        return new Stage(folder, await Sandbox.start());
    }

    constructor(folder, sandbox) {
        this.folder = folder;
        this.sandbox = sandbox;
    }

    get vendors() {
        return this.sandbox.about;
    }

    /** The credentials as the vendors' environment variables. */
    get environment() {
        const { keys, didomi } = this.sandbox.about;
        return {
            PATH: process.env.PATH,
            PIWIK_PRO_CLIENT_ID: keys.piwik_pro.id,
            PIWIK_PRO_CLIENT_SECRET: keys.piwik_pro.secret,
            DIDOMI_API_KEY: keys.didomi.id,
            DIDOMI_API_SECRET: keys.didomi.secret,
            DIDOMI_ENDPOINT: didomi.http,
            ORO_CLIENT_ID: keys.oro_back_office.id,
            ORO_CLIENT_SECRET: keys.oro_back_office.secret,
        };
    }

    /** Runs a program to its end, in Node or by another command. */
    async run(program, argument, env = {}, command = [process.execPath]) {
        const child = this.start(program, [argument], env, command);
        const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
        const code = child.exitCode ?? (await new Promise((ended) => child.once("exit", ended)));
        return { code, out, err };
    }

    start(program, args, env = {}, [command, ...before] = [process.execPath]) {
        const options = { cwd: this.folder, env: { ...this.environment, ...env }, stdio: ["ignore", "pipe", "pipe"] };
        return spawn(command, [...before, program, ...args], options);
    }

    /** Starts a server, which prints its URL first. */
    async serve(program, args) {
        const child = this.start(program, args);
        const log = text(child.stderr);
        const url = await new Promise((resolve, reject) => {
            createInterface({ input: child.stdout }).once("line", resolve);
            child.once("exit", () => log.then((said) => reject(new Error(said))));
        });
        const end = async () => {
            child.kill();
            return log;
        };
        return { url, end };
    }

    /** How many token requests and calls of its API a vendor got. */
    async counts(vendor) {
        const { token, api } = (await this.sandbox.control("GET", "/counts"))[vendor];
        return [token, api];
    }

    async close() {
        this.sandbox.close();
        await rm(this.folder, { recursive: true });
    }
}

async function text(stream) {
    return (await stream.setEncoding("utf8").toArray()).join("");
}
