import type { CallInit } from "../types/index.js";
import { read } from "./body.js";
import { guarded } from "./glue.js";
import { followed, stripsTokens } from "./redirects.js";
import { refused } from "./errors.js";
import type { Shell } from "./shell.js";
import type { Snapshot } from "./snapshot.js";

/** Where a call goes. */
interface Target {
    readonly url: string;
    /** Of the API at this URL; empty where it wants none. */
    readonly mediaType: string;
}

/** One call as it is sent, perhaps twice: each time with the headers as they are then. */
interface Call {
    readonly url: string;
    readonly headers: Headers;
    readonly init: RequestInit;
    readonly request: Request | undefined;
    /** A copy of a request with a body, for the second time. */
    readonly spare: Request | undefined;
    readonly replayable: boolean;
    readonly signal: AbortSignal | null | undefined;
    /** A redirect that we followed has led to somebody who got no token. */
    hasStrayed: boolean;
}

/** How much of an answer's body may tell that it rejects the token, in bytes. */
const LOOKED_INTO = 64 * 1024;
/** A query in which nothing is left to encode; else the platform's `URL` does it. */
const ENCODED = /^[!$%&(-;=?-~]*$/;
/** How many targets are remembered: asking the core costs more than all else of a call. */
const REMEMBERED = 512;

/** Puts the token on calls of the API, and gets another one when the API rejects it. */
export class Calls {
    readonly #shell: Shell;
    readonly #headerName: string;
    readonly #targets = new Map<string, Target>();
    readonly #inspected = new Map<number, boolean>();

    constructor(shell: Shell) {
        this.#shell = shell;
        this.#headerName = shell.api.headerName;
    }

    /** Calls the API as `fetch` does, with a valid token. */
    async call(input: RequestInfo | URL, init?: CallInit | null): Promise<Response> {
        const call = this.#prepared(input, init ?? {});
        try {
            return await this.#exchanged(call);
        } catch (error) {
            // workerd rejects with a reason of its own.
            call.signal?.throwIfAborted();
            throw error;
        }
    }

    async #exchanged(call: Call): Promise<Response> {
        if (call.headers.has(this.#headerName)) {
            return this.#send(call, false);
        }
        call.signal?.throwIfAborted();
        const snapshot = this.#shell.usable() ?? (await this.#shell.obtain(0, undefined, call.signal));
        const response = await this.#sendWith(call, snapshot, false);
        const other = await this.#recovered(call, response, snapshot, false);
        if (other === undefined) {
            void call.spare?.body?.cancel().catch(() => undefined);
            return response;
        }
        void response.body?.cancel().catch(() => undefined);
        const again = await this.#sendWith(call, other, true);
        await this.#recovered(call, again, other, true);
        return again;
    }

    /** Returns where a path or URL leads; throws for one outside of the API. */
    target(text: string): Target {
        const end = text.search(/[?#]/);
        const path = end < 0 ? text : text.slice(0, end);
        const known = this.#targets.get(path) ?? this.#located(path);
        if (end < 0) {
            return known;
        }
        const [query = ""] = text.slice(end).split("#", 1);
        return ENCODED.test(query) ? { ...known, url: known.url + query } : this.#resolved(text);
    }

    #located(path: string): Target {
        const target = this.#resolved(path);
        if (this.#targets.size >= REMEMBERED) {
            this.#targets.clear();
        }
        this.#targets.set(path, target);
        return target;
    }

    #resolved(text: string): Target {
        const { api } = this.#shell;
        const url = guarded(() => api.resolve(text));
        return { url, mediaType: guarded(() => api.mediaType(url)) };
    }

    #prepared(input: RequestInfo | URL, { json, ...init }: CallInit): Call {
        const request = isRequest(input) ? input : undefined;
        const { url, mediaType } = this.target(request === undefined ? String(input) : request.url);
        const headers = new Headers(init.headers ?? request?.headers);
        if (json !== undefined) {
            if (init.body !== undefined && init.body !== null) {
                throw refused("json: stands beside a body", "Give either json or body.");
            }
            init.body = JSON.stringify(json);
            init.method ??= "POST";
            if (!headers.has("content-type")) {
                headers.set("content-type", mediaType === "" ? "application/json" : mediaType);
            }
        }
        if (mediaType !== "" && !headers.has("accept")) {
            headers.set("accept", mediaType);
        }
        const isOwnBody = init.body !== undefined && init.body !== null;
        const spare = request !== undefined && !isOwnBody && mayHaveBody(request) ? request.clone() : undefined;
        const replayable = !isOwnBody || isReplayable(init.body);
        return { url, headers, init, request, spare, replayable, signal: signalOf(input, init), hasStrayed: false };
    }

    #sendWith(call: Call, { held }: Snapshot, again: boolean): Promise<Response> {
        call.headers.set(held.headerName, held.headerValue);
        return this.#send(call, again);
    }

    #send(call: Call, again: boolean): Promise<Response> {
        const own = this.#shell.options.fetch;
        const fetch = own ?? globalThis.fetch;
        const init = { ...call.init, headers: call.headers };
        const input = call.request === undefined ? call.url : again ? (call.spare ?? call.request) : call.request;
        const redirect = call.init.redirect ?? call.request?.redirect ?? "follow";
        if (redirect !== "follow" || stripsTokens(this.#headerName, own === undefined)) {
            // Through `call` it gets no `this`, which browsers would refuse.
            return fetch.call(undefined, input, init);
        }
        const allows = (url: string): boolean => {
            call.hasStrayed = !this.#allows(url);
            return !call.hasStrayed;
        };
        const carrier = { headerName: this.#headerName, allows };
        call.hasStrayed = false;
        return followed(fetch, input, call.url, init, carrier, again ? undefined : call.spare);
    }

    #allows(url: string): boolean {
        try {
            this.target(url);
            return true;
        } catch {
            return false;
        }
    }

    /** Reports an answer that rejects the token; returns the token for a second try. */
    async #recovered(call: Call, response: Response, sent: Snapshot, retried: boolean): Promise<Snapshot | undefined> {
        const isOurs = !call.hasStrayed && (!response.redirected || this.#allows(response.url));
        if (!this.#inspects(response.status) || !isOurs || !(await this.#rejects(response))) {
            return undefined;
        }
        return this.#shell.recover(sent, call.replayable, retried, call.signal);
    }

    #inspects(status: number): boolean {
        const known = this.#inspected.get(status);
        if (known !== undefined) {
            return known;
        }
        const inspects = guarded(() => this.#shell.api.inspects(status));
        this.#inspected.set(status, inspects);
        return inspects;
    }

    async #rejects(response: Response): Promise<boolean> {
        const { api } = this.#shell;
        const { status } = response;
        const headers = [...response.headers].flat();
        if (!guarded(() => api.readsBody(status, headers))) {
            return guarded(() => api.judge(status, headers, undefined));
        }
        // A body may never end, and the caller wants the answer.
        const end = new AbortController();
        const stop = this.#shell.clock.setTimer(this.#shell.patienceMs, () => end.abort());
        try {
            const { body, truncated } = await read(response.clone(), LOOKED_INTO, end.signal);
            return guarded(() => api.judge(status, headers, truncated ? undefined : body));
        } catch {
            // The caller meets the broken body itself.
            return guarded(() => api.judge(status, headers, undefined));
        } finally {
            stop();
        }
    }
}

/** Everything else is the text of a URL, as it is to `fetch`: frameworks have classes of URLs of their own. */
function isRequest(input: RequestInfo | URL): input is Request {
    return typeof input === "object" && "url" in input;
}

/** Returns the signal of a call; `null` in its init takes away that of its request. */
export function signalOf(input: RequestInfo | URL, init: CallInit | null | undefined): AbortSignal | null | undefined {
    return init?.signal === undefined && isRequest(input) ? input.signal : init?.signal;
}

/** Not by `body`: Firefox has none, and WebKit cannot send a form with a file any more once somebody has looked at it. */
function mayHaveBody(request: Request): boolean {
    return request.method !== "GET" && request.method !== "HEAD";
}

function isReplayable(body: BodyInit | null | undefined): boolean {
    const isStream = typeof ReadableStream === "function" && body instanceof ReadableStream;
    return !isStream && !(typeof body === "object" && body !== null && Symbol.asyncIterator in body);
}
