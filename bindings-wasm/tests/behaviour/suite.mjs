import { after, before, test } from "node:test";
import { launch } from "../hosts/launch.mjs";
import { Sandbox } from "../hosts/sandbox.mjs";
import { Server } from "../hosts/server.mjs";
import { offer } from "./backend.mjs";
import { SUITES } from "./cases/index.mjs";

const SUBJECT = new URL("subject.mjs", import.meta.url);

/** One host and a sandbox of its own, as the tests of a file use them. */
export class Bench {
    #live;

    constructor(name) {
        this.name = name;
        before(async () => {
            this.sandbox = await Sandbox.start();
            this.host = await launch(name, { caFile: this.sandbox.line.ca_pem_file });
            this.server = this.host.server ?? (await Server.start());
            offer(this.server, this.sandbox.line);
        });
        after(async () => {
            await this.host?.close();
            await this.server?.close();
            await this.sandbox?.close();
        });
    }

    get isBrowser() {
        return this.host.kind === "browser";
    }

    /** What a case has to know of its surroundings. */
    place(suite, name) {
        const { line } = this.sandbox;
        return { suite, name, host: this.name, isBrowser: this.isBrowser, line, server: this.server.origin };
    }

    /** Runs a case, in the page, process or worker of the other cases unless it has to be alone. */
    async run(suite, name, { alone = false } = {}) {
        const place = this.place(suite, name);
        if (alone) {
            return this.host.run(SUBJECT, place);
        }
        this.#live ??= await this.host.open(SUBJECT);
        try {
            return await this.#live.call(place, { timeoutMs: 120_000 });
        } catch (error) {
            // It may have hung or died.
            await this.#live.close();
            this.#live = undefined;
            throw error;
        }
    }
}

/** Declares the tests of every case that belongs to a host. */
export function everywhere(name) {
    const bench = new Bench(name);
    for (const [suite, { hosts, cases, alone }] of Object.entries(SUITES)) {
        if (hosts.includes(name)) {
            for (const title of Object.keys(cases)) {
                test(`${name}: ${title}`, () => bench.run(suite, title, { alone }));
            }
        }
    }
    return bench;
}
