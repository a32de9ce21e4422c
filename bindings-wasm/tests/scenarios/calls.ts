// Calls in the background, and what they return.

import type { Client } from "evertoken";
import type { Door } from "./door.js";
import type { Begin, RequestStep } from "./format.js";

export type Returned =
    | { readonly as: "header"; readonly headers: Readonly<Record<string, string>> }
    | { readonly as: "token"; readonly token: string }
    | { readonly as: "answer"; readonly status: number; readonly headers: [string, string][]; readonly body: string }
    /** One of our errors. */
    | { readonly as: "error"; readonly error: Error }
    /** The very error that the host's `fetch`, or the reading of its answer, failed with. */
    | { readonly as: "http_failure"; readonly error: unknown }
    /** An error that no call may fail with. */
    | { readonly as: "crash"; readonly error: unknown }
    | { readonly as: "cancelled" };

/** How calls of the API are made. */
export interface Way {
    /** What each has in its `init`. */
    readonly init: RequestInit;
    /** Each is one `Request`, as most libraries make it, not a path and an `init`. */
    readonly requests: boolean;
}

/** One call; `returned` is undefined as long as it waits. */
export class Call {
    returned: Returned | undefined;
    readonly #abort = new AbortController();

    /** A call that has ended before it began. */
    static ended(returned: Returned): Call {
        const call = new Call();
        call.returned = returned;
        return call;
    }

    /** Begins a call. */
    static begin(client: Client, step: Begin, way: Way, door: Door, isOurs: (error: unknown) => error is Error): Call {
        const call = new Call();
        const { signal } = call.#abort;
        const failed = (error: unknown): Returned => {
            if (signal.aborted && error === signal.reason) {
                return { as: "cancelled" };
            }
            if (isOurs(error)) {
                return { as: "error", error };
            }
            return door.failedWith(error) ? { as: "http_failure", error } : { as: "crash", error };
        };
        void made(client, step, way, signal)
            .catch(failed)
            .then((returned) => (call.returned = returned));
        return call;
    }

    cancel(): void {
        this.#abort.abort(new DOMException("cancelled by the scenario", "AbortError"));
    }
}

async function made(client: Client, { does, of }: Begin, way: Way, signal: AbortSignal): Promise<Returned> {
    switch (does) {
        case "headers": {
            const { min_valid_ms: minValidMs, patience_ms: patienceMs } = of;
            const limits = { ...(minValidMs !== undefined && { minValidMs }), ...(patienceMs !== undefined && { patienceMs }) };
            return { as: "header", headers: await client.headers({ ...limits, signal }) };
        }
        case "token":
            return { as: "token", token: await client.token({ signal }) };
        case "request":
            return answered(await fetched(client, of, way, signal));
    }
}

async function fetched(client: Client, step: RequestStep, way: Way, signal: AbortSignal): Promise<Response> {
    const { json, ...init } = { ...initOf(step), ...way.init, signal };
    // A request has a copy of its own, so that its body can always be sent again.
    if (way.requests && step.replayable !== false) {
        const request = new Request(await client.url(step.path), init);
        return json === undefined ? client.fetch(request) : client.fetch(request, { json });
    }
    return client.fetch(step.path, json === undefined ? init : { ...init, json });
}

async function answered(answer: Response): Promise<Returned> {
    try {
        const body = await answer.text();
        return { as: "answer", status: answer.status, headers: [...answer.headers], body };
    } catch (error) {
        return { as: "http_failure", error };
    }
}

function initOf({ method, headers, json, body, replayable = true }: RequestStep) {
    return {
        ...(method !== undefined && { method }),
        ...(headers !== undefined && { headers }),
        ...(json !== undefined && { json }),
        ...(body !== undefined && (replayable ? { body } : { body: stream(body), duplex: "half" as const })),
    };
}

/** A body that is gone once it is sent. */
function stream(text: string): ReadableStream<Uint8Array> {
    return new Blob([text]).stream();
}

/** What a call returned, for who reads of a failure. */
export function told(returned: Returned): string {
    switch (returned.as) {
        case "header":
            return `the headers ${JSON.stringify(returned.headers)}`;
        case "token":
            return `the token ${returned.token}`;
        case "answer":
            return `an answer of status ${returned.status}`;
        case "error":
            return `the error ${returned.error}`;
        case "http_failure":
            return `the host's failure: ${returned.error}`;
        case "crash":
            return `an error that is nobody's: ${(returned.error as Error | undefined)?.stack ?? returned.error}`;
        case "cancelled":
            return "nothing, it was cancelled";
    }
}
