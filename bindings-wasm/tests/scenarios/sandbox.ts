// The sandbox's control API over HTTP, as every runner has it.

import { Failure } from "./envelope.js";
import { VENDORS, type Vendor } from "./format.js";

/** What the sandbox says of itself when it starts. */
export interface About {
    readonly control: string;
    readonly [vendor: string]: unknown;
}

/** Whether anything is going on at the sandbox. */
export interface Idle {
    readonly idle: boolean;
    readonly received: number;
    readonly delayed: number;
    readonly held: number;
    readonly next_due_ms: number | null;
}

export interface Entry {
    readonly method: string;
    readonly target: string;
    readonly headers: readonly [string, string][];
    readonly body_text: string | null;
    readonly status?: number | null;
}

/** Lets a page of another origin call a vendor and see all headers of its answers. */
const OPEN = { allow_origins: ["*"], allow_headers: ["*"], expose_headers: ["*"] };

type Json = { readonly [name: string]: unknown };

export class Control {
    readonly #url: string;

    constructor(about: About) {
        this.#url = about.control;
    }

    /** Sends one request. Without a media type of its own it is one that a page may send at once. */
    async send(method: string, path: string, body?: Json): Promise<{ ok: boolean; status: number; text: string }> {
        const answer = await fetch(this.#url + path, body === undefined ? { method } : { method, body: JSON.stringify(body) });
        return { ok: answer.ok, status: answer.status, text: await answer.text() };
    }

    async #asked<T>(method: string, path: string, body?: Json): Promise<T> {
        const { ok, status, text } = await this.send(method, path, body);
        if (!ok) {
            throw new Failure("malformed", `${method} ${path}: the sandbox answers ${status}: ${text}`);
        }
        return JSON.parse(text) as T;
    }

    /** Begins anew, with a clock that stands at this time. */
    async reset(atMs: number, open: boolean): Promise<void> {
        await this.#asked("POST", "/reset");
        await this.#asked("POST", "/clock", { frozen: true, set_ms: atMs });
        if (open) {
            await Promise.all(VENDORS.map((vendor) => this.#asked("PATCH", `/${vendor}/settings`, { cors: OPEN })));
        }
    }

    /** Waits until so many requests have arrived and none is being worked on, for a while. */
    idle(received: number): Promise<Idle> {
        return this.#asked("GET", `/idle?received=${received}&wait_ms=200`);
    }

    /** How long it is to the next answer that waits for the clock. */
    async nextAnswerMs(): Promise<number> {
        const { next_due_ms } = await this.idle(0);
        if (next_due_ms === null) {
            return Infinity;
        }
        const { now_ms } = await this.#asked<{ now_ms: number }>("GET", "/clock");
        return Math.max(next_due_ms - now_ms, 0);
    }

    async advance(ms: number): Promise<void> {
        await this.#asked("POST", "/clock", { advance_ms: ms });
    }

    counts(): Promise<{ [V in Vendor]: { token: number; api: number } }> {
        return this.#asked("GET", "/counts");
    }

    log(vendor: Vendor, kind: string): Promise<Entry[]> {
        return this.#asked("GET", `/log?vendor=${vendor}&kind=${kind}`);
    }

    /** The tokens that vendors have issued, by their names such as `<oro#1>`. */
    async tokens(vendors: Iterable<string>): Promise<Map<string, string>> {
        const of = async (vendor: string): Promise<[string, string][]> => {
            const issued = await this.#asked<{ serial: number; token: string }[]>("GET", `/${vendor}/tokens`);
            return issued.map(({ serial, token }) => [`<${vendor}#${serial}>`, token]);
        };
        return new Map((await Promise.all([...vendors].map(of))).flat());
    }
}

/** Replaces what stands for the sandbox's addresses in a file, such as `${oro.https}`. */
export function filledIn(text: string, about: About): string {
    const address = (whole: string, vendor: string, scheme: string) => {
        const url = (about[vendor] as { [scheme: string]: unknown } | undefined)?.[scheme];
        return typeof url === "string" ? url : whole;
    };
    return text.replace(/\$\{(\w+)\.(https?)\}/g, address);
}
