import type { Exchange, Grant } from "#glue";

import type { Clock, Credentials, Reason } from "../types/index.js";
import { read } from "./body.js";
import { obtain, type Field } from "./credentials.js";
import { EvertokenError } from "./errors.js";
import type { Glue } from "./glue.js";
import { isBrowser } from "./host.js";
import type { Internals } from "./providers.js";

/** An attempt to run, as the machine orders it. */
export interface Start {
    readonly attempt: number;
    readonly sentAt: { readonly mono: number; readonly wall: number };
    readonly abortAfterMs: number;
}

/** Everything that an attempt needs of its client. */
export interface Flight {
    readonly glue: Glue;
    readonly grant: Grant;
    readonly provider: Internals;
    readonly fields: readonly Field[];
    readonly credentials: Credentials | undefined;
    /** The user's own; undefined for the platform's, looked up at each request. */
    readonly fetch: typeof fetch | undefined;
    readonly policy: object | undefined;
    readonly bodyLimit: number;
    readonly clock: Clock;
    readonly signal: AbortSignal;
    readonly reason: Reason;
}

/** How an attempt has ended; the exchange holds the outcome, and what the platform threw stays with us. */
export interface Ended {
    readonly exchange: Exchange;
    readonly cause?: unknown;
}

/** Runs an attempt to its end; never throws. */
export async function fly(flight: Flight, { sentAt }: Start): Promise<Ended> {
    const { glue, grant, provider, policy } = flight;
    let headers: string[];
    let exchange: Exchange;
    try {
        const secrets = await obtain(flight.credentials, flight.fields);
        headers = await extraHeaders(provider.headers, flight.reason);
        exchange = new glue.Exchange(grant, Object.entries(secrets).flat(), sentAt.mono, sentAt.wall, policy);
    } catch (cause) {
        const fix = "Mend the function; what it threw is the cause of this error.";
        return { exchange: refusal(glue, cause, "the function for credentials or headers failed", fix), cause };
    }
    try {
        return { exchange, cause: await run(flight, exchange, headers) };
    } catch (cause) {
        return { exchange: refusal(glue, cause, "the attempt broke off"), cause };
    }
}

function refusal({ Exchange }: Glue, cause: unknown, description: string, fix?: string): Exchange {
    const known = cause instanceof EvertokenError ? cause : { code: "transport_failed", description, fix };
    return Exchange.failed(known.code, known.description, known.fix);
}

async function extraHeaders(headers: Internals["headers"], reason: Reason): Promise<string[]> {
    const given = typeof headers === "function" ? await headers({ reason }) : headers;
    return [...new Headers(given)].flat();
}

async function run(flight: Flight, exchange: Exchange, headers: string[]): Promise<unknown> {
    const { provider, clock, signal } = flight;
    let behind: unknown;
    for (;;) {
        const request = exchange.next(headers, provider.cookies ?? "same-origin");
        if (request === undefined) {
            return behind;
        }
        try {
            const response = await sent(request, flight);
            const { body, truncated } = await read(response, flight.bodyLimit);
            const { mono, wall } = clock.now();
            exchange.answer(mono, wall, statusOf(response), [...response.headers].flat(), body, truncated);
        } catch (cause) {
            behind = cause;
            const { mono, wall } = clock.now();
            const code = isBrowser() && !signal.aborted ? "network_or_cors" : "transport_failed";
            exchange.fail(mono, wall, code, described(cause));
        }
    }
}

/** A `fetch` of the user's may be of a library that does not know the platform's requests: it gets what all of them take. */
async function sent(request: Request, { fetch, signal }: Flight): Promise<Response> {
    if (fetch === undefined) {
        return globalThis.fetch(request, { signal });
    }
    const { url, method, redirect, cache, credentials } = request;
    const init: RequestInit = { method, headers: Object.fromEntries(request.headers), redirect, signal };
    const body = await request.text();
    // Through `call` it gets no `this`, which browsers would refuse.
    return fetch.call(undefined, url, {
        ...init,
        ...(body !== "" && { body }),
        ...(cache !== undefined && { cache }),
        ...(credentials !== undefined && { credentials }),
    });
}

/** A browser hides a redirect's status together with its target. */
function statusOf(response: Response): number {
    return response.type === "opaqueredirect" ? 302 : response.status;
}

/** The words of the platform for a failed connection; messages of libraries may repeat what was sent. */
function described(cause: unknown): string | undefined {
    let error = cause;
    for (let depth = 0; depth < 8 && typeof error === "object" && error !== null; depth += 1) {
        const { code, cause: inner } = error as { readonly code?: unknown; readonly cause?: unknown };
        if (typeof code === "string" && /^[A-Z][A-Z0-9_]{2,63}$/.test(code)) {
            return `no answer: ${code}`;
        }
        error = inner;
    }
    return undefined;
}
