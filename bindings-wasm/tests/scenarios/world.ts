// Clients and sandbox in one virtual time: how they come to rest, and how time passes between two rests.

import type { Client, ClientOptions, EvertokenEvent, Explanation } from "evertoken";
import { Call } from "./calls.js";
import { START_MS, VirtualClock } from "./clock.js";
import { Door } from "./door.js";
import { Failure } from "./envelope.js";
import { MAIN, type Begin, type ClientSpec, type Hidden, type Scenario } from "./format.js";
import { provider, type Evertoken } from "./provider.js";
import type { Control } from "./sandbox.js";
import { turn } from "./turn.js";

/** How often the event loop comes round without anything happening before the clients count as quiet. */
const QUIET_TURNS = 8;

/** What differs between the hosts of the package, as JSON. */
export interface Facts {
    /** The facts that it hides from its programs. */
    readonly hides: readonly Hidden[];
    /** Whether it is a page, to which the sandbox is another origin. */
    readonly page: boolean;
    /** Whether calls of the API are made as one `Request` each. */
    readonly requests: boolean;
    /** Whether its `fetch` sends a body as it is made, over HTTP/1.1. */
    readonly streams: boolean;
    /** How long clients and sandbox may take to come to rest: long, for a machine that is busy with something else. */
    readonly giveUpMs: number;
}

export interface Host extends Facts {
    /** What keeps a refresh alive in a worker of Cloudflare's. */
    readonly waitUntil?: ClientOptions["waitUntil"];
}

/** Chromium and Firefox send no second request for a URL while the first's answer might be one for both. */
const UNSHARED: RequestInit = { cache: "no-store" };

type Made = { readonly client: Client } | { readonly error: Error };

/** One file's clients, calls and time. */
export class World {
    readonly calls = new Map<string, readonly Call[]>();
    readonly events = new Map<string, EvertokenEvent[]>();
    readonly #clients = new Map<string, Made>();
    readonly #clock: VirtualClock;
    readonly #door: Door;

    private constructor(
        readonly control: Control,
        readonly host: Host,
        private readonly evertoken: Evertoken,
        scenario: Scenario,
    ) {
        this.#clock = new VirtualClock(scenario.entropy);
        this.#door = new Door(host.streams);
        for (const [name, spec] of Object.entries(scenario.clients)) {
            this.events.set(name, []);
            this.#clients.set(name, this.#made(name, spec));
        }
    }

    /** Begins anew at the sandbox and makes the clients of a file. */
    static async begin(control: Control, host: Host, evertoken: Evertoken, scenario: Scenario): Promise<World> {
        await control.reset(START_MS, host.page);
        return new World(control, host, evertoken, scenario);
    }

    /** A client that cannot be made is one whose calls all fail so. */
    #made(name: string, spec: ClientSpec): Made {
        try {
            const client = this.evertoken.createClient({
                provider: provider(this.evertoken, spec),
                fetch: this.#door.fetch,
                clock: this.#clock,
                policy: policy(spec.policy ?? {}),
                tabs: false,
                dangerouslyAllowBrowser: true,
                ...(this.host.waitUntil !== undefined && { waitUntil: this.host.waitUntil }),
            });
            client.on("*", (event) => this.events.get(name)?.push(event));
            return { client };
        } catch (error) {
            if (this.#isOurs(error)) {
                return { error };
            }
            throw error;
        }
    }

    readonly #isOurs = (error: unknown): error is Error => error instanceof this.evertoken.EvertokenError;

    /** All clients by name, with the error of each that could not be made. */
    made(): Iterable<[string, Made]> {
        return this.#clients;
    }

    /** A client, if it could be made. */
    client(name = MAIN): Client | undefined {
        const made = this.#clients.get(name);
        return made !== undefined && "client" in made ? made.client : undefined;
    }

    explain(name: string): Explanation | undefined {
        return this.client(name)?.explain();
    }

    /** Begins the calls of a step, all of them before any runs on. */
    begin(step: Begin): void {
        const made = this.#clients.get(step.of.client ?? MAIN);
        const way = { init: this.host.page ? UNSHARED : {}, requests: this.host.requests };
        const begun = () =>
            made !== undefined && "error" in made
                ? Call.ended({ as: "error", error: made.error })
                : Call.begin((made as { client: Client }).client, step, way, this.#door, this.#isOurs);
        this.calls.set(step.of.as, Array.from({ length: step.of.times ?? 1 }, begun));
    }

    cancel(name: string): void {
        for (const call of this.calls.get(name) ?? []) {
            call.cancel();
        }
    }

    /** Waits until no client can do anything and the sandbox holds every request that has no answer yet. */
    async settle(): Promise<void> {
        const began = performance.now();
        for (;;) {
            await this.#runClients(began);
            const { begun, ended } = this.#door;
            const idle = await this.control.idle(begun);
            const isHeld = idle.held + idle.delayed === begun - ended && this.#onTheirWay() <= begun - ended;
            if (idle.idle && idle.received >= begun && isHeld) {
                const before = this.#pulse();
                await this.#runClients(began);
                if (this.#pulse() === before) {
                    return;
                }
            }
            if (performance.now() - began > this.host.giveUpMs) {
                const clients = `the clients have begun ${begun} requests and wait for ${begun - ended}`;
                const sandbox = `the sandbox has received ${idle.received}, holds ${idle.held} and delays ${idle.delayed}`;
                throw new Failure("stuck", `no rest after ${this.host.giveUpMs} ms: ${clients}; ${sandbox}`);
            }
        }
    }

    /**
     * How many requests there must be: one for each token request that is under way, and for each call that does not wait
     * for a token. A host may have work that no turn of its event loop shows, such as the reading of a body.
     */
    #onTheirWay(): number {
        return this.#waiting() - this.#clock.calls() + this.#clock.attempts();
    }

    async #runClients(began: number): Promise<void> {
        for (const name of this.#clients.keys()) {
            this.explain(name);
        }
        let before = this.#pulse();
        for (let quiet = 0; quiet < QUIET_TURNS; ) {
            await turn();
            const now = this.#pulse();
            quiet = now === before ? quiet + 1 : 0;
            before = now;
            if (performance.now() - began > this.host.giveUpMs) {
                throw new Failure("stuck", "a client goes on and on without coming to rest");
            }
        }
    }

    /** What changes when a client does something. */
    #pulse(): string {
        const { begun, ended } = this.#door;
        const told = [...this.events.values()].flat().length;
        return [begun, ended, this.#waiting(), told, this.#clock.fired].join();
    }

    /** Moves all clocks, stopping wherever an answer or a timer is due. */
    async advance(ms: number): Promise<void> {
        await this.settle();
        for (let left = ms; ; ) {
            const step = Math.min(left, this.#clock.nextDueMs(), await this.control.nextAnswerMs());
            // The clients' clocks first: while the sandbox's is moved, answers that are due may come already.
            this.#clock.advance(step);
            await this.control.advance(step);
            left -= step;
            await this.settle();
            if (this.#clock.fire()) {
                await this.settle();
            }
            if (left === 0 && this.#clock.nextDueMs() !== 0) {
                return;
            }
        }
    }

    /** Moves the sandbox and the clients' wall clock, as a sleep of the machine does. */
    async suspend(ms: number): Promise<void> {
        await this.settle();
        this.#clock.stepWall(ms);
        await this.control.advance(ms);
        await this.settle();
    }

    /** Sets the clients' wall clock. */
    async stepWall(ms: number): Promise<void> {
        await this.settle();
        this.#clock.stepWall(ms);
        await this.settle();
    }

    /** Ends all calls and clients; tells what of them goes on after that. */
    async stop(): Promise<string | undefined> {
        for (const made of this.#clients.values()) {
            if ("client" in made) {
                made.client.close();
            }
        }
        for (const name of this.calls.keys()) {
            this.cancel(name);
        }
        const began = performance.now();
        while (this.#waiting() > 0 || this.#clock.timers() > 0) {
            if (performance.now() - began > this.host.giveUpMs) {
                return `${this.#waiting()} calls and ${this.#clock.timers()} timers`;
            }
            await turn();
        }
        return undefined;
    }

    #waiting(): number {
        return [...this.calls.values()].flat().filter((call) => call.returned === undefined).length;
    }
}

/** The policy's fields by the names that they have in JavaScript. */
function policy(fields: { readonly [name: string]: number }): { [name: string]: number } {
    const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    return Object.fromEntries(Object.entries(fields).map(([name, value]) => [camel(name), value]));
}
