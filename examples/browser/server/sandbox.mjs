import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A running sandbox: the look-alikes of the vendors, and the remote control of their misfortunes. */
export class Sandbox {
    #process;

    /** Starts the program that EVERTOKEN_SANDBOX names; it ends with us. */
    static async start() {
        const program = process.env.EVERTOKEN_SANDBOX;
        if (!program) {
            throw new Error(
                'EVERTOKEN_SANDBOX is not set: run "cargo build -p evertoken-sandbox" and name target/debug/evertoken-sandbox in it',
            );
        }
        const child = spawn(program, [], { stdio: ["pipe", "pipe", "inherit"] });
        const lines = createInterface({ input: child.stdout });
        const line = await new Promise((resolve, reject) => {
            lines.once("line", resolve);
            child.once("error", reject);
            child.once("exit", (code) => reject(new Error(`the sandbox ended with ${code}`)));
        });
        return new Sandbox(child, JSON.parse(line));
    }

    constructor(child, about) {
        this.#process = child;
        this.about = about;
    }

    /** Asks the control API; its mistakes are errors. */
    async control(method, path, body) {
        const options = body === undefined ? { method } : { method, body: JSON.stringify(body) };
        const answer = await fetch(`${this.about.control}${path}`, options);
        const said = await answer.json();
        if (!answer.ok) throw new Error(`${method} ${path}: ${said.message}`);
        return said;
    }

    close() {
        this.#process.kill();
    }
}
