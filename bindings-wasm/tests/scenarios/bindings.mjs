// The hosts of the package by the names that their results have, and what the runner must know of each.

const PAGE = { hides: ["redirects", "unexposed_headers", "network_errors"], page: true, streams: false };
const RUNTIME = { hides: [], page: false, streams: true };

/** For hosts that send a request once more by themselves if it failed on a connection that had served another. */
const RESENDS = { sandbox: ["--no-keep-alive"] };

const HOSTS = {
    "js-node": { launch: "node", ...RUNTIME },
    "js-deno": { launch: "deno", ...RUNTIME, ...RESENDS },
    "js-bun": { launch: "bun", ...RUNTIME },
    "js-workerd": { launch: "workerd", ...RUNTIME },
    "js-chromium": { launch: "chromium", ...PAGE, ...RESENDS },
    "js-firefox": { launch: "firefox", ...PAGE, ...RESENDS },
    "js-webkit": { launch: "webkit", ...PAGE },
};

/** With `-request` each call of the API is made as one `Request`, as libraries do, not as a path and an `init`. */
const REQUESTS = "-request";

/** The names of all hosts. */
export const ALL = Object.keys(HOSTS);

/** What the runner must know of a binding; an error says which there are. */
export function binding(name) {
    const requests = name.endsWith(REQUESTS);
    const host = HOSTS[requests ? name.slice(0, -REQUESTS.length) : name];
    if (host === undefined) {
        throw new Error(`${name}: there are ${ALL.join(", ")}, each also with ${REQUESTS}, and all`);
    }
    return { ...host, requests };
}
