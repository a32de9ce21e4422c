// The hosts of the package by the names that their results have, and what the runner must know of each.

const PAGE = { hides: ["redirects", "unexposed_headers", "network_errors"], page: true, streams: false };
const RUNTIME = { hides: [], page: false, streams: true };

/** For hosts that send a request once more by themselves if it failed on a connection that had served another. */
const RESENDS = { sandbox: ["--no-keep-alive"] };

export const BINDINGS = {
    "js-node": { launch: "node", ...RUNTIME },
    "js-deno": { launch: "deno", ...RUNTIME, ...RESENDS },
    "js-bun": { launch: "bun", ...RUNTIME },
    "js-workerd": { launch: "workerd", ...RUNTIME },
    "js-chromium": { launch: "chromium", ...PAGE, ...RESENDS },
    "js-firefox": { launch: "firefox", ...PAGE, ...RESENDS },
    "js-webkit": { launch: "webkit", ...PAGE },
};
