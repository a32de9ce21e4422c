// The hosts of the package by the names that their results have, and what the runner must know of each.

const PAGE = { hides: ["redirects", "unexposed_headers", "network_errors"], page: true, streams: false };
const RUNTIME = { hides: [], page: false, streams: true };

export const BINDINGS = {
    "js-node": { launch: "node", ...RUNTIME },
    "js-deno": { launch: "deno", ...RUNTIME },
    "js-bun": { launch: "bun", ...RUNTIME },
    "js-workerd": { launch: "workerd", ...RUNTIME },
    "js-chromium": { launch: "chromium", ...PAGE },
    "js-firefox": { launch: "firefox", ...PAGE },
    "js-webkit": { launch: "webkit", ...PAGE },
};
