// What a cached header costs; runs in every engine and runtime, ours alone, without a server.

import { createClient, oauth2 } from "evertoken";
import { spread } from "./spread.mjs";

const ROUNDS = 61;
/** Long beside the clocks of browsers, which show whole milliseconds. */
const ROUND_MS = 20;

export default async function hot() {
    const token = JSON.stringify({ access_token: "x".repeat(800), token_type: "Bearer", expires_in: 3600 });
    const client = createClient({
        provider: oauth2("https://login.example/token", { clientId: "me", clientSecret: "a secret", api: "https://api.example" }),
        fetch: async () => new Response(token, { headers: { "content-type": "application/json" } }),
        dangerouslyAllowBrowser: true,
        tabs: false,
    });
    await client.headers();
    let sink = 0;
    const settled = async () => client;
    const calls = {
        clocks: (times) => {
            for (let i = 0; i < times; i += 1) {
                sink += performance.now() + Date.now();
            }
        },
        cached: (times) => {
            for (let i = 0; i < times; i += 1) {
                sink += client.cachedHeaders() === undefined ? 0 : 1;
            }
        },
        "an async function": async (times) => {
            for (let i = 0; i < times; i += 1) {
                sink += (await settled()) === undefined ? 0 : 1;
            }
        },
        headers: async (times) => {
            for (let i = 0; i < times; i += 1) {
                sink += (await client.headers()) === undefined ? 0 : 1;
            }
        },
        token: async (times) => {
            for (let i = 0; i < times; i += 1) {
                sink += (await client.token()) === undefined ? 0 : 1;
            }
        },
    };
    const times = {};
    for (const [name, run] of Object.entries(calls)) {
        let count = 1000;
        // The shortest of three: a pause of the machine must not make a round too short for the clock.
        for (let ms = 0; ms < ROUND_MS / 2; ) {
            count *= 4;
            const took = [await timed(run, count), await timed(run, count), await timed(run, count)];
            ms = Math.min(...took);
            times[name] = Math.ceil((count * ROUND_MS) / ms);
        }
    }
    const measured = Object.fromEntries(Object.keys(calls).map((name) => [name, []]));
    for (let round = 0; round < ROUNDS; round += 1) {
        for (const [name, run] of Object.entries(calls)) {
            measured[name].push(((await timed(run, times[name])) * 1e6) / times[name]);
        }
    }
    client.close();
    return { sink: sink > 0, ns: Object.fromEntries(Object.entries(measured).map(([name, values]) => [name, spread(values)])) };
}

async function timed(run, times) {
    const began = performance.now();
    await run(times);
    return performance.now() - began;
}
