import { configuration } from "./errors.js";
import { isBrowser, isNode } from "./host.js";

/** Which header carries the token, and where it may go. */
interface Carrier {
    readonly headerName: string;
    allows(url: string): boolean;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const LONGEST = 20;
/** What describes a body that is not sent again. */
const OF_THE_BODY = ["content-encoding", "content-language", "content-length", "content-location", "content-type"];
/** What never crosses to another origin. */
const OF_THE_ORIGIN = ["authorization", "cookie", "host", "proxy-authorization"];

/**
 * Says whether a `fetch` takes the token off a request that a redirect leads to another origin.
 *
 * Deno and workerd do so only since 2025, workerd as its compatibility date says; of Bun's older versions nothing is known.
 * Of the user's own, too, but in a browser: node-fetch leaves the token on for subdomains.
 */
export function stripsTokens(headerName: string, isPlatforms: boolean): boolean {
    return headerName.toLowerCase() === "authorization" && (isBrowser() || (isPlatforms && isNode()));
}

/** Calls and follows redirects hop by hop; the token goes along only where it may. */
export async function followed(
    fetch: typeof globalThis.fetch,
    input: RequestInfo | URL,
    url: string,
    init: RequestInit & { readonly headers: Headers },
    carrier: Carrier,
    spare?: Request,
): Promise<Response> {
    let response = await fetch.call(undefined, input, { ...init, redirect: "manual" });
    const source = typeof input === "string" || input instanceof URL ? undefined : input;
    const headers = new Headers(init.headers);
    const token = headers.get(carrier.headerName);
    let method = (init.method ?? source?.method ?? "GET").toUpperCase();
    let body = init.body ?? undefined;
    let from = url;
    for (let hop = 0; ; hop += 1) {
        if (response.type === "opaqueredirect") {
            const fix = "Call the URL that it redirects to: a browser would take the token along to wherever that is.";
            throw configuration("redirect_refused", "the API redirects", fix);
        }
        const location = REDIRECTS.has(response.status) ? response.headers.get("location") : null;
        if (location === null) {
            return response;
        }
        const target = new URL(location, from);
        void response.body?.cancel().catch(() => undefined);
        if (hop === LONGEST || !/^https?:$/.test(target.protocol)) {
            throw new TypeError(hop === LONGEST ? "too many redirects" : "a redirect leads to no http URL");
        }
        const isGet = response.status === 303 ? method !== "HEAD" : response.status < 303 && method === "POST";
        if (isGet) {
            method = "GET";
            body = undefined;
            OF_THE_BODY.forEach((name) => headers.delete(name));
        } else if (source !== undefined && source.body !== null && body === undefined) {
            if (spare === undefined || spare.bodyUsed) {
                throw new TypeError("a redirect asks for a body again that cannot be sent again");
            }
            body = await spare.clone().arrayBuffer();
        }
        if (target.origin !== new URL(from).origin) {
            OF_THE_ORIGIN.forEach((name) => headers.delete(name));
        }
        headers.delete(carrier.headerName);
        if (token !== null && carrier.allows(target.href)) {
            headers.set(carrier.headerName, token);
        }
        from = target.href;
        const signal = init.signal ?? source?.signal ?? null;
        response = await fetch.call(undefined, from, { ...init, method, headers, signal, redirect: "manual", ...(body === undefined ? { body: null } : { body }) });
    }
}
