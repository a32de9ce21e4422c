// What happens when many ask at once, tokens expire, the token endpoint is out of order, or a token is revoked; in Node, against the sandbox.

import { CONTENDERS } from "./contenders.mjs";

const VENDOR = "oauth2";
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export default async function behaviour({ line, row, name }) {
    const sandbox = new Sandbox(line);
    await sandbox.ask("POST", "/reset");
    return ROWS[row](sandbox, name);
}

const ROWS = {
    /** 1,000 callers ask at once for the first time; a token request takes 200 ms. */
    async storm(sandbox, name) {
        await sandbox.fault("token", { type: "latency", ms: 200 });
        const contender = sandbox.open(name);
        const ends = await Promise.allSettled(Array.from({ length: 1000 }, () => contender.header()));
        contender.close?.();
        return { requests: await sandbox.requests(), served: ends.filter(({ status }) => status === "fulfilled").length };
    },

    /** 50 callers ask every 25 ms, tokens live 4 s, a token request takes 200 ms; one caller notes how long it waits. */
    async rollover(sandbox, name) {
        await sandbox.ask("PATCH", `/${VENDOR}/settings`, { lifetime_ms: 4000 });
        await sandbox.fault("token", { type: "latency", ms: 200 });
        await announce(sandbox, name, 4);
        const contender = sandbox.open(name, { leewayMs: 1000 });
        await contender.header();
        const before = await sandbox.requests();
        const until = performance.now() + 11_000;
        let longest = 0;
        let failed = 0;
        const caller = async () => {
            while (performance.now() < until) {
                const began = performance.now();
                await contender.header().catch(() => (failed += 1));
                longest = Math.max(longest, performance.now() - began);
                await sleep(25);
            }
        };
        await Promise.all(Array.from({ length: 50 }, caller));
        contender.close?.();
        return { requests: (await sandbox.requests()) - before, longest: Math.round(longest), failed };
    },

    outage: (sandbox, name) => outOfOrder(sandbox, name, { type: "throttle", status: 503 }),
    hang: (sandbox, name) => outOfOrder(sandbox, name, { type: "hang" }),

    /** A token is revoked; then 200 calls, all at once or over half a second. */
    together: (sandbox, name) => wave(sandbox, name, 0),
    spread: (sandbox, name) => wave(sandbox, name, 500),

    /** 50 calls in 12.5 s with tokens of 10 s: 2 requests are needed. */
    async short(sandbox, name) {
        await sandbox.ask("PATCH", `/${VENDOR}/settings`, { lifetime_ms: 10_000 });
        const contender = sandbox.open(name);
        let failed = 0;
        for (let i = 0; i < 50; i += 1) {
            await contender.header().catch(() => (failed += 1));
            await sleep(250);
        }
        contender.close?.();
        return { requests: await sandbox.requests(), failed };
    },
};

/** A token of 9 s is held; the token endpoint is out of order from 3 s on, and one caller asks every 100 ms until 8.5 s. */
async function outOfOrder(sandbox, name, fault) {
    await sandbox.ask("PATCH", `/${VENDOR}/settings`, { lifetime_ms: 9000 });
    await announce(sandbox, name, 9);
    const contender = sandbox.open(name, { leewayMs: 6000 });
    await contender.header();
    const began = performance.now();
    const before = await sandbox.requests();
    await sleep(2900);
    await sandbox.fault("token", fault);
    await sleep(began + 3200 - performance.now());
    let served = 0;
    let failed = 0;
    let longest = 0;
    while (performance.now() - began < 8500) {
        const asked = performance.now();
        let timer;
        const late = new Promise((resolve) => (timer = setTimeout(resolve, 2000, "stuck")));
        const got = await Promise.race([contender.header().catch(() => "failed"), late]);
        clearTimeout(timer);
        if (got === "stuck") {
            return { served, failed, stuck: true, requests: (await sandbox.requests()) - before };
        }
        if (got === "failed") {
            failed += 1;
        } else {
            served += 1;
            longest = Math.max(longest, performance.now() - asked);
        }
        await sleep(100);
    }
    contender.close?.();
    return { served, failed, requests: (await sandbox.requests()) - before, longest: Math.round(longest) };
}

async function wave(sandbox, name, overMs) {
    await sandbox.ask("PATCH", `/${VENDOR}/settings`, { lifetime_ms: 20_000 });
    await sandbox.fault("token", { type: "latency", ms: 100 });
    const contender = sandbox.open(name, { leewayMs: 1000 });
    if (contender.call === undefined) {
        return { none: true };
    }
    await contender.call(sandbox.url);
    await sleep(2500);
    await sandbox.ask("POST", `/${VENDOR}/tokens/revoke`, {});
    const before = await sandbox.requests();
    const calls = Array.from({ length: 200 }, async (_, index) => {
        await sleep((index * overMs) / 200);
        return (await contender.call(sandbox.url)).status;
    });
    const ends = await Promise.allSettled(calls);
    contender.close?.();
    const recovered = ends.filter(({ value }) => value === 200).length;
    return { requests: (await sandbox.requests()) - before, recovered };
}

/** msal renews 5 minutes early whatever it is told: for it the server announces that much more. */
async function announce(sandbox, name, seconds) {
    if (name === "@azure/msal-node") {
        await sandbox.fault("token", { type: "expires_in", raw: String(300 + seconds - 1) });
    }
}

class Sandbox {
    constructor(line) {
        this.line = line;
        this.url = `${line.oauth2.http}/api/items`;
    }

    open(name, { leewayMs = 30_000 } = {}) {
        const { http } = this.line.oauth2;
        const { id, secret } = this.line.keys.oauth2;
        return CONTENDERS[name]({ token: `${http}/oauth2/token`, api: `${http}/api`, id, secret, leewayMs });
    }

    async ask(method, path, body) {
        const response = await fetch(this.line.control + path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
        const answer = await response.json();
        if (!response.ok) {
            throw new Error(`${method} ${path}: ${answer.message}`);
        }
        return answer;
    }

    fault(kind, fault) {
        return this.ask("POST", `/${VENDOR}/faults`, { kind, fault });
    }

    async requests() {
        return (await this.ask("GET", "/counts"))[VENDOR].token;
    }
}
