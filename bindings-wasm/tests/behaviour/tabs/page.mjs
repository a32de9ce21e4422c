// What a tab does in the tests of sharing; a page keeps its client from one act to the next.

import { createClient, oauth2 } from "evertoken";

let client;
let events = [];
let begun;

const ACTS = {
    /** Makes the tab's client, of the sandbox's plain OAuth 2 server. */
    open({ line, options = {}, headersMs }) {
        const { id, secret } = line.keys.oauth2;
        const credentials = { clientId: id, clientSecret: secret };
        client = createClient({
            provider: oauth2(`${line.oauth2.http}/oauth2/token`, { api: `${line.oauth2.http}/api`, ...credentials }),
            dangerouslyAllowBrowser: true,
            ...options,
        });
        events = [];
        client.on("*", ({ type }) => events.push(type));
        return client.ready();
    },

    /** Gets a token, at a given time so that several tabs do it at once. */
    async token({ at = 0 }) {
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, at - Date.now())));
        return client.token();
    },

    /** Begins to get a token; `ended` waits for it. */
    begin() {
        begun = client.token().catch((error) => error.code);
    },

    ended: () => begun,

    /** Calls the API. */
    async call({ path = "/things" }) {
        return (await client.fetch(path)).status;
    },

    invalidate: () => client.invalidate(),
    logout: () => client.logout(),
    close: () => client.close(),
    cached: () => client.cachedHeaders() !== undefined,
    events: () => events,
    explain: () => String(client.explain()),

    /** Names the locks that are held. */
    async locks() {
        const { held } = await navigator.locks.query();
        return held.map(({ name }) => name);
    },

    /** Takes a lock as a stranger that never lets it go and never answers. */
    hold: ({ name }) => new Promise((resolve) => void navigator.locks.request(name, () => new Promise(() => resolve()))),

    /** Lets the tab's thread hang until the server answers. */
    hang({ url }) {
        setTimeout(() => {
            const request = new XMLHttpRequest();
            request.open("GET", url, false);
            request.send();
        });
    },
};

export default ({ act, ...argument }) => ACTS[act](argument);
