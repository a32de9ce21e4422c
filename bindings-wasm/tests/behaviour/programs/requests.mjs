import { createClient, oauth2 } from "evertoken";
import { StandingClock } from "../clock.mjs";

// Made in the global scope, where workerd allows neither I/O nor timers nor random numbers.
let line;
const clock = new StandingClock();
const rewritten = (input, init) => {
    const url = (input.url ?? String(input)).replace("http://127.0.0.1:1", line.oauth2.http);
    return input instanceof Request ? fetch(new Request(url, input), init) : fetch(url, init);
};
const options = {
    provider: oauth2("http://127.0.0.1:1/oauth2/token", {
        api: "http://127.0.0.1:1/api",
        credentials: () => ({ client_id: line.keys.oauth2.id, client_secret: line.keys.oauth2.secret }),
    }),
    fetch: rewritten,
};
let context;
const clients = {
    awaiting: createClient({ ...options, clock }),
    waiting: createClient({ ...options, clock, waitUntil: (promise) => context.waitUntil(promise) }),
    real: createClient({ ...options, policy: { attemptDeadlineMs: 1_000 } }),
};

/** One request: a token of one of the clients. */
export default async function answer({ place, client, patienceMs, advanceMs = 0 }, given) {
    line = place.line;
    context = given;
    clock.advance(advanceMs);
    try {
        return { token: await clients[client].token({ ...(patienceMs && { patienceMs }) }) };
    } catch (error) {
        return { code: error.code ?? String(error) };
    }
}
