import { StandingClock } from "../clock.mjs";
import { equal, ok, rejection, settled, turn } from "../expect.mjs";

const ONE_ATTEMPT = { fetchAttempts: 1 };

/** What a `fetch` may do that it should not. */
const ODD = {
    "rejects with an Error": () => Promise.reject(new TypeError("Failed to fetch")),
    "rejects with a text": () => Promise.reject("no"),
    "rejects with nothing": () => Promise.reject(),
    "rejects with null": () => Promise.reject(null),
    "rejects with an object": () => Promise.reject({ code: 7 }),
    "rejects with an error of another realm": () =>
        Promise.reject({ __proto__: null, name: "TypeError", message: "no" }),
    "throws an Error": () => {
        throw new RangeError("thrown");
    },
    "throws a text": () => {
        throw "thrown";
    },
    "gives nothing": () => undefined,
    "gives null": () => Promise.resolve(null),
    "gives a text": () => Promise.resolve("200"),
    "gives an empty object": () => Promise.resolve({}),
    "gives a response whose body fails": () =>
        Promise.resolve(new Response(new ReadableStream({ start: (controller) => controller.error("broken") }))),
    "gives a response whose body was read": async () => {
        const response = new Response('{"access_token":"x","expires_in":60}');
        await response.text();
        return response;
    },
};

/** The least that looks like a response: what mocks and other realms give. */
function lookalike(text) {
    return {
        ok: true,
        status: 200,
        headers: new Map([["content-type", "application/json"]]),
        body: null,
        arrayBuffer: async () => new TextEncoder().encode(text).buffer,
        text: async () => text,
        json: async () => JSON.parse(text),
        clone: () => lookalike(text),
    };
}

export const transports = {
    async "a token request whose fetch does something odd is a TransportError, and hangs nobody"(world) {
        for (const [what, odd] of Object.entries(ODD)) {
            const client = world.client({ fetch: odd, policy: ONE_ATTEMPT });
            const calls = [client.headers(), client.token(), client.fetch("/items")].map((call) =>
                rejection(call, what),
            );
            for (const error of await settled(Promise.all(calls), what)) {
                ok(
                    error instanceof world.evertoken.TransportError,
                    `${what}: a TransportError, not ${error?.name}: ${error?.message}`,
                );
                ok(
                    ["network_or_cors", "transport_failed"].includes(error.code),
                    `${what}: a code of transport, not ${error.code}`,
                );
                ok(error.fix.length > 0 && error.retryable, `${what}: it says what to do`);
            }
        }
    },

    async "what fetch rejected with is the error's cause"(world) {
        const cause = new TypeError("Failed to fetch");
        const client = world.client({ fetch: () => Promise.reject(cause), policy: ONE_ATTEMPT });
        ok((await rejection(client.headers(), "headers")).cause === cause, "the cause");
    },

    async "a response that is not this realm's Response is read or refused, and hangs nobody"(world) {
        const text = '{"access_token":"sandbox-lookalike","expires_in":600}';
        const client = world.client({ fetch: async () => lookalike(text), policy: ONE_ATTEMPT });
        const result = await settled(
            client.token().catch((error) => error),
            "a call",
        );
        ok(result === "sandbox-lookalike" || result.code === "transport_failed", `a token or a code, not ${result}`);
    },

    async "a call of the API fails with what fetch did, whatever it is"(world) {
        for (const [what, odd] of Object.entries(ODD).slice(0, 8)) {
            let wanted;
            const client = world.client({
                fetch: (input, init) => {
                    if (world.isTokenRequest([input])) {
                        return fetch(input, init);
                    }
                    try {
                        const result = odd();
                        result.catch((reason) => (wanted = reason));
                        return result;
                    } catch (thrown) {
                        wanted = thrown;
                        throw thrown;
                    }
                },
            });
            const reason = await settled(rejection(client.fetch("/items"), what), what);
            await turn();
            ok(Object.is(reason, wanted), `${what}: the very same reason`);
            client.close();
        }
    },

    async "a token request that never answers ends with its deadline"(world) {
        const clock = new StandingClock();
        const client = world.client({ clock, fetch: () => new Promise(() => undefined), policy: ONE_ATTEMPT });
        const call = rejection(client.headers(), "a call");
        for (let turns = 0; clock.timers === 0; turns += 1) {
            ok(turns < 500, "a timer is set");
            await turn(5);
        }
        clock.advance(20_000);
        const error = await settled(call, "a call");
        ok(["attempt_deadline", "deadline"].includes(error.code), `a deadline, not ${error.code}`);
    },

    async "a function that never ends and heeds no signal keeps nobody once its attempt is given up"(world) {
        const never = () => new Promise(() => undefined);
        const policy = { ...ONE_ATTEMPT, attemptDeadlineMs: 1_000, attemptAbortMs: 1_000 };
        for (const options of [{ fetch: never }, { provider: world.provider({ credentials: never }) }]) {
            const clock = new StandingClock();
            const flights = [];
            const client = world.client({ clock, policy, waitUntil: (flight) => flights.push(flight), ...options });
            await client.ready();
            const call = rejection(client.headers(), "a call");
            await turn(20);
            clock.advance(1_000);
            equal((await settled(call, "the call")).code, "attempt_deadline", "code");
            equal((await settled(Promise.all(flights), "the flights")).length, 1, "flights");
        }
    },

    async "a token request has the method that its descriptor says"(world) {
        for (const method of ["POST", "PUT", "PATCH"]) {
            const methods = [];
            const client = world.client({
                provider: world.evertoken.custom(
                    {
                        version: 1,
                        name: "acme",
                        title: "Acme",
                        request: { url: "https://login.example.com/token", method, body: { json: { kind: "key" } } },
                        response: { token: { pointer: "/token" } },
                        api: { base_url: "https://api.example.com", invalid_token: [{ status: [401] }] },
                    },
                    {},
                ),
                fetch: async (url, init) => {
                    methods.push(init.method);
                    return Response.json({ token: "a-token" });
                },
            });
            equal(await settled(client.token(), method), "a-token", "token");
            equal(methods, [method], "methods");
        }
    },

    async "a waitUntil that throws harms no caller"(world) {
        const waitUntil = () => {
            throw new TypeError("Illegal invocation");
        };
        const client = world.client({ waitUntil });
        const headers = await settled(client.headers(), "a call");
        ok(headers.Authorization.startsWith("Bearer "), "a token");
    },

    async "a port where nobody listens is an error with a hint, and the next call works"(world) {
        let isClosed = true;
        const client = world.client({
            fetch: (input, init) =>
                isClosed ? fetch("http://127.0.0.1:65533/token", { method: "POST" }) : fetch(input, init),
            policy: ONE_ATTEMPT,
        });
        const error = await settled(rejection(client.headers(), "a call"), "a call");
        const code = world.isBrowser ? "network_or_cors" : "transport_failed";
        equal([error.code, error.errorClass, error.retryable], [code, "transport", true], "error");
        ok(!world.isBrowser || error.fix.includes("CORS"), "the hint names CORS where that can be it");
        ok(error.cause instanceof Error, "the platform's own error is the cause");
        isClosed = false;
        equal((await settled(client.fetch("/items"), "the next call")).status, 200, "status");
    },

    async "a provider's fetch is the global one of the moment"(world) {
        const own = globalThis.fetch;
        const client = world.client();
        const seen = [];
        globalThis.fetch = (...args) => {
            seen.push(args);
            return own(...args);
        };
        try {
            equal((await client.fetch("/items")).status, 200, "status");
        } finally {
            globalThis.fetch = own;
        }
        equal(seen.length, 2, "calls of the replaced fetch");
    },
};
