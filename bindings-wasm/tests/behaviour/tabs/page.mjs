// What a tab does in the tests of sharing; a page keeps its client from one act to the next.

import { createClient, oauth2 } from "evertoken";

/** The platform's clock, but for the time that tabs give each other to answer: a machine under load takes longer. */
const CLOCK = {
    now: () => ({ mono: performance.now() + passedMs, wall: Date.now() + passedMs }),
    entropy: () => crypto.getRandomValues(new BigUint64Array(1))[0],
    setTimer(ms, callback) {
        const timer = setTimeout(callback, ms === 100 ? 2_000 : ms);
        return () => clearTimeout(timer);
    },
};

let passedMs = 0;
let client;
let begun;
const told = [];

const ACTS = {
    /** Makes the tab's client, of the sandbox's plain OAuth 2 server, and loads its wasm. */
    open({ line, asks, options }) {
        const { id, secret } = line.keys.oauth2;
        const credentials = { client_id: id, client_secret: secret };
        const server = line.oauth2.http;
        client = createClient({
            provider: oauth2(`${server}/oauth2/token`, {
                api: `${server}/api`,
                credentials: asks ? () => credentials : credentials,
            }),
            dangerouslyAllowBrowser: true,
            clock: CLOCK,
            ...options,
        });
        client.on("*", ({ type }) => told.push(type));
        return client.ready();
    },

    /** Gets a token, together with the other tabs that come to the same gate. */
    async token({ gate }) {
        await through(gate);
        return client.token();
    },

    /** Begins to get a token; `ended` waits for it. */
    begin() {
        begun = client.token().catch(({ code }) => code);
    },

    /** Begins to call the API. */
    beginCall() {
        begun = client.fetch("/things").then(({ status }) => status);
    },

    ended: () => begun,

    /** Calls the API; the status of the answer. */
    async call({ gate }) {
        await through(gate);
        return (await client.fetch("/things")).status;
    },

    /** Lets time pass. */
    pass({ ms }) {
        passedMs += ms;
    },

    invalidate: () => client.invalidate(),
    logout: () => client.logout(),
    close: () => client.close(),
    isWarm: () => client.cachedHeaders() !== undefined,

    /** What the client's events were since the last look. */
    told: () => told.splice(0),

    /** Lets a web worker of the page do things. */
    inWorker({ url, acts }) {
        const worker = new Worker(url, { type: "module" });
        return new Promise((resolve, reject) => {
            worker.onmessage = ({ data }) => resolve(data);
            worker.onerror = ({ message }) => reject(new Error(message));
            worker.postMessage(acts);
        });
    },

    /** Drops the client without closing it. */
    forget() {
        client = begun = undefined;
    },

    /** The names of the locks that are held. */
    async locks() {
        return (await navigator.locks.query()).held.map(({ name }) => name);
    },

    /** Takes a lock and neither lets it go nor answers anybody, as a tab whose process is suspended. */
    hold: ({ name }) =>
        new Promise((resolve) => {
            void navigator.locks.request(name, () => new Promise(() => resolve()));
        }),

    /** Lets the tab's thread hang until the server answers. */
    hang({ url }) {
        setTimeout(() => {
            const request = new XMLHttpRequest();
            request.open("GET", url, false);
            request.send();
        });
    },
};

/** Timers of tabs in the background are slow; an answer of the server is not. */
async function through(gate) {
    if (gate !== undefined) {
        // Chromium lets only one tab at a time GET a URL.
        await fetch(gate, { method: "POST" });
    }
}

export default ({ act, ...argument }) => ACTS[act](argument);
