// What a file expects, held against what has happened.

import { told, type Call } from "./calls.js";
import { START_MS } from "./clock.js";
import { Failure, type Count, type Kind } from "./envelope.js";
import type { CallIs, ControlStep, Counts, ErrorIs, Expect, Explained, Sent, Vendor } from "./format.js";
import type { World } from "./world.js";

const TOKEN_NAME = /<(\w+)#\d+>/g;

/** Puts the tokens into a text that names them. */
type FillIn = (text: string) => string;

/** Compares, counts what it compares, and remembers what the expectations have covered. */
export class Check {
    readonly #counted = new Map<string, Counts>();
    readonly #ended = new Map<string, boolean>();
    readonly #told = new Map<string, number>();

    constructor(
        private readonly world: World,
        private readonly count: Count,
    ) {}

    #same(kind: Kind, what: string, expected: unknown, got: unknown): void {
        this.count.made += 1;
        const [wanted, came] = [written(expected), written(got)];
        if (wanted !== came) {
            throw new Failure(kind, `${what}: expected ${wanted}, got ${came}`);
        }
    }

    /** Notes a request that clears the log: counts begin anew. */
    control({ method, path }: ControlStep): void {
        if (path === "/reset" || (method === "DELETE" && path === "/log")) {
            this.#counted.clear();
        }
    }

    /** Holds a step's expectations against the world. */
    async expect(expect: Expect): Promise<void> {
        const fillIn = await this.#names(expect);
        for (const [name, is] of Object.entries(expect.calls ?? {})) {
            this.#ended.set(name, is.waiting !== true);
            this.#calls(name, this.#shown(is), fillIn);
        }
        if (expect.counts !== undefined) {
            await this.#counts(expect.counts);
        }
        for (const sent of expect.sent ?? []) {
            await this.#sent(sent, fillIn);
        }
        for (const [client, names] of Object.entries(expect.events ?? {})) {
            const all = (this.world.events.get(client) ?? []).map((event) => event.type);
            this.#same("wrong_events", `events of ${client}`, names, all.slice(this.#told.get(client) ?? 0));
            this.#told.set(client, all.length);
        }
        for (const [client, explained] of Object.entries(expect.explain ?? {})) {
            this.#explain(client, explained);
        }
    }

    /** The end of a file: every call and every request was spoken of. */
    async end(): Promise<void> {
        this.count.made += 1;
        for (const [name, calls] of [...this.world.calls].sort()) {
            const waits = calls.some((call) => call.returned === undefined);
            const ended = this.#ended.get(name);
            if (ended === undefined && waits) {
                throw new Failure("stuck", `\`${name}\` has not returned`);
            }
            if (ended === undefined || (!ended && !waits)) {
                throw new Failure("missing_step", `no step says how \`${name}\` ended`);
            }
        }
        this.count.made += 1;
        for (const [vendor, received] of Object.entries(await this.world.control.counts())) {
            for (const kind of ["token", "api"] as const) {
                const expected = this.#counted.get(vendor)?.[kind] ?? 0;
                if (expected !== received[kind]) {
                    const last = `the last count was ${expected}, at the end there are ${received[kind]}`;
                    throw new Failure("extra_request", `${vendor}: ${kind} requests: ${last}`);
                }
            }
        }
    }

    /** A token that was not issued stays a name, and so differs from whatever came. */
    async #names(expect: Expect): Promise<FillIn> {
        const vendors = new Set([...JSON.stringify(expect).matchAll(TOKEN_NAME)].flatMap(([, vendor]) => vendor ?? []));
        const tokens = await this.world.control.tokens(vendors);
        return (text) => text.replace(TOKEN_NAME, (name) => tokens.get(name) ?? name);
    }

    /** What is expected where the host hides a fact. */
    #shown(is: CallIs): CallIs {
        const fact = this.world.host.hides.find((fact) => is.hidden?.[fact] !== undefined);
        return (fact === undefined ? undefined : is.hidden?.[fact]) ?? is;
    }

    /** Calls of `times` count once. */
    #calls(name: string, is: CallIs, fillIn: FillIn): void {
        const before = this.count.made;
        for (const call of this.world.calls.get(name) ?? []) {
            this.count.made = before;
            this.#call(name, is, call, fillIn);
        }
    }

    #call(name: string, is: CallIs, { returned }: Call, fillIn: FillIn): void {
        if (returned === undefined) {
            if (is.waiting !== true) {
                throw new Failure("stuck", `\`${name}\` has not returned`);
            }
            this.#same("stuck", name, true, true);
        } else if (returned.as === "cancelled" && is.cancelled === true) {
            this.#same("wrong_result", name, true, true);
        } else if (returned.as === "http_failure" && is.http_failure === true) {
            this.#same("wrong_result", name, true, true);
        } else if (returned.as === "header" && is.header !== undefined) {
            const expected = Object.entries(is.header).map(([header, value]) => [header, fillIn(value)]);
            this.#same("wrong_token", name, expected.sort(), Object.entries(returned.headers).sort());
        } else if (returned.as === "header" && is.token !== undefined) {
            const value = Object.values(returned.headers).join(", ");
            const token = fillIn(is.token);
            this.#same("wrong_token", name, token, value.split(" ").at(-1) === token ? token : value);
        } else if (returned.as === "token" && is.token !== undefined) {
            this.#same("wrong_token", name, fillIn(is.token), returned.token);
        } else if (returned.as === "error" && is.error !== undefined) {
            this.#error(name, is.error, returned.error);
        } else if (returned.as === "answer" && is.status !== undefined) {
            this.#same("wrong_status", name, is.status, returned.status);
            if (is.body !== undefined) {
                this.#same("wrong_result", `${name}: body`, fillIn(is.body), returned.body);
            }
            this.#headers("wrong_result", name, is.headers, returned.headers, fillIn);
        } else {
            throw new Failure("wrong_result", `\`${name}\` returned ${told(returned)}`);
        }
    }

    #error(name: string, is: ErrorIs, error: Error): void {
        const got = error as import("evertoken").EvertokenError;
        const shown = `${name}: ${error}`;
        this.#same("wrong_code", shown, is.code, got.code);
        if (is.class !== undefined) {
            this.#same("wrong_code", `${shown}: class`, is.class, got.errorClass);
        }
        if (is.retryable !== undefined) {
            this.#same("wrong_result", `${shown}: retryable`, is.retryable, got.retryable);
        }
        if (is.retry_at_ms !== undefined) {
            const atMs = got.retryAt === undefined ? undefined : got.retryAt.getTime() - START_MS;
            this.#same("wrong_time", `${shown}: retry_at_ms`, is.retry_at_ms, atMs);
        }
        if (is.status !== undefined) {
            this.#same("wrong_result", `${shown}: status`, is.status, got.status);
        }
        if (is.provider_code !== undefined) {
            this.#same("wrong_result", `${shown}: provider_code`, is.provider_code, got.providerCode);
        }
        if (is.says !== undefined) {
            const says = `${got.description ?? ""} ${got.fix}`;
            this.#same("wrong_result", `${shown}: says ${is.says}`, true, says.includes(is.says));
        }
    }

    #headers(
        kind: Kind,
        of: string,
        expected: { readonly [name: string]: string | null } | undefined,
        got: readonly (readonly [string, string])[],
        fillIn: FillIn,
    ): void {
        for (const [name, value] of Object.entries(expected ?? {})) {
            const values = got.filter(([other]) => other === name).map(([, value]) => value);
            const wanted = value === null ? null : fillIn(value);
            this.#same(kind, `${of}: ${name}`, wanted, values.length === 0 ? null : values.join(", "));
        }
    }

    async #counts(expected: { readonly [V in Vendor]?: Counts }): Promise<void> {
        const received: { readonly [vendor: string]: { token: number; api: number } } = await this.world.control.counts();
        for (const [vendor, counts] of Object.entries(expected)) {
            for (const kind of ["token", "api"] as const) {
                if (counts[kind] !== undefined) {
                    this.#same("wrong_count", `${kind} requests to ${vendor}`, counts[kind], received[vendor]?.[kind]);
                    this.#counted.set(vendor, { ...this.#counted.get(vendor), [kind]: counts[kind] });
                }
            }
        }
    }

    async #sent(is: Sent, fillIn: FillIn): Promise<void> {
        const of = `${is.vendor} ${is.kind} request ${is.nth}`;
        const log = await this.world.control.log(is.vendor, is.kind);
        const entry = log[is.nth - 1];
        if (entry === undefined) {
            throw new Failure("missing_request", `${of}: only ${log.length} came`);
        }
        if (is.method !== undefined) {
            this.#same("wrong_bytes", `${of}: method`, is.method, entry.method);
        }
        if (is.path !== undefined) {
            this.#same("wrong_bytes", `${of}: path`, is.path, entry.target);
        }
        this.#headers("wrong_bytes", of, is.headers, entry.headers, fillIn);
        if (is.body !== undefined) {
            this.#same("wrong_bytes", `${of}: body`, fillIn(is.body), entry.body_text);
        }
        if (is.status !== undefined) {
            this.#same("wrong_status", `${of}: answered`, is.status, entry.status);
        }
    }

    #explain(client: string, is: Explained): void {
        const got = this.world.explain(client);
        if (got === undefined) {
            throw new Failure("wrong_explanation", `${client} could not be made`);
        }
        const members = {
            token: got.token?.zone ?? "none",
            lifetime_ms: got.token?.lifetimeMs,
            flight: got.flight.state,
            why: "why" in got.flight ? got.flight.why : undefined,
            waiting: got.waiting,
        };
        for (const [name, value] of Object.entries(members)) {
            const expected = is[name as keyof Explained];
            if (expected !== undefined) {
                this.#same("wrong_explanation", `${client}: ${name}`, expected, value);
            }
        }
    }
}

function written(value: unknown): string {
    return JSON.stringify(value) ?? "undefined";
}
