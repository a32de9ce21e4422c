// What a wrapper of fetch costs by itself, over a fetch that answers at once, and beside a real one over loopback; in Node.

import { CONTENDERS } from "./contenders.mjs";
import { spread } from "./spread.mjs";

const ROUNDS = 41;
const API = "https://api.example/v1/items";

export default async function wrapper({ api }) {
    return { held: await held(api), stubbed: await stubbed(), loopback: await loopback(api) };
}

/** Nanoseconds of processor time for a header of a token that is held. */
async function held(origin) {
    const server = { token: `${origin}/token`, api: `${origin}/v1`, id: "me", secret: "a secret", leewayMs: 30_000 };
    const runs = {};
    const opened = Object.entries(CONTENDERS).map(([name, open]) => [name, open(server)]);
    for (const [name, { headers, header }] of opened) {
        const get = headers ?? header;
        runs[name] = (times) => repeat(times, get);
    }
    const measured = await interleaved(runs, 500);
    opened.forEach(([, { close }]) => close?.());
    return Object.fromEntries(Object.entries(measured).map(([name, values]) => [name, spread(values)]));
}

/** Nanoseconds of processor time for one call, less those of the stub. */
async function stubbed() {
    const answer = new Response(null, { status: 204 });
    const token = JSON.stringify({ access_token: "x".repeat(800), token_type: "Bearer", expires_in: 3600 });
    const headers = { "content-type": "application/json" };
    const stub = async (input) => (String(input?.url ?? input).endsWith("/token") ? new Response(token, { headers }) : answer);
    const platform = globalThis.fetch;
    globalThis.fetch = stub;
    try {
        const server = {
            token: "https://login.example/token",
            api: "https://api.example/v1",
            id: "me",
            secret: "a secret",
            leewayMs: 30_000,
            fetch: stub,
        };
        const header = { Authorization: `Bearer ${"x".repeat(800)}` };
        const post = { method: "POST", headers: { "content-type": "application/json" }, body: '{"name":"x"}' };
        const shapes = {
            "GET, a URL": (call) => call(API),
            "POST with a body": (call) => call(API, post),
            "GET, a Request": (call) => call(new Request(API)),
        };
        const opened = opening(server);
        const runs = {};
        for (const [shape, run] of Object.entries(shapes)) {
            const isRequest = shape.endsWith("Request");
            runs[shape] = { stub: (times) => repeat(times, () => run(isRequest ? (request) => stub(request, header) : stub)) };
            for (const [name, { call }] of Object.entries(opened)) {
                if (!isRequest || name === "evertoken" || name === "@badgateway/oauth2-client") {
                    runs[shape][name] = (times) => repeat(times, () => run(call));
                }
            }
        }
        const results = {};
        for (const [shape, contenders] of Object.entries(runs)) {
            const measured = await interleaved(contenders, 500);
            const base = spread(measured.stub).median;
            results[shape] = Object.fromEntries(
                Object.entries(measured).map(([name, values]) => [
                    name,
                    spread(name === "stub" ? values : values.map((ns) => ns - base)),
                ]),
            );
        }
        Object.values(opened).forEach(({ close }) => close?.());
        return results;
    } finally {
        globalThis.fetch = platform;
    }
}

/** Ratios to the platform's fetch with a header that never changes, in the same round. */
async function loopback(origin) {
    const server = { token: `${origin}/token`, api: `${origin}/v1`, id: "me", secret: "a secret", leewayMs: 30_000 };
    const opened = opening(server);
    const url = `${origin}/v1/items`;
    const header = { Authorization: `Bearer ${"x".repeat(800)}` };
    const read = async (response) => (await response).arrayBuffer();
    const runs = { "fetch, a header": (times) => repeat(times, () => read(fetch(url, { headers: header }))) };
    for (const [name, { call }] of Object.entries(opened)) {
        runs[name] = (times) => repeat(times, () => read(call(url)));
    }
    const cpu = await interleaved(runs, 400);
    const base = cpu["fetch, a header"];
    Object.values(opened).forEach(({ close }) => close?.());
    return Object.fromEntries(
        Object.entries(cpu).map(([name, values]) => [
            name,
            { us: spread(values).median / 1000, ratio: spread(values.map((value, round) => value / base[round])) },
        ]),
    );
}

function opening(server) {
    const opened = Object.entries(CONTENDERS).map(([name, open]) => [name, open(server)]);
    return Object.fromEntries(opened.filter(([, { call }]) => call !== undefined));
}

async function interleaved(runs, times) {
    const measured = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
    for (const run of Object.values(runs)) {
        await run(times * 4);
    }
    for (let round = 0; round < ROUNDS; round += 1) {
        // Each is first in turn: what one leaves to the garbage collector, the next pays for.
        const order = Object.entries(runs);
        const first = round % order.length;
        for (const [name, run] of [...order.slice(first), ...order.slice(0, first)]) {
            const before = process.cpuUsage();
            await run(times);
            const { user, system } = process.cpuUsage(before);
            measured[name].push(((user + system) * 1000) / times);
        }
    }
    return measured;
}

async function repeat(times, run) {
    for (let i = 0; i < times; i += 1) {
        await run();
    }
}
