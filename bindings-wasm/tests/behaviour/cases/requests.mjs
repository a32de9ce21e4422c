import { StandingClock } from "../clock.mjs";
import { equal, ok, settled } from "../expect.mjs";

/** Counts the clones of requests while it runs. */
async function clones(action) {
    const own = Request.prototype.clone;
    let count = 0;
    Request.prototype.clone = function (...args) {
        count += 1;
        return own.apply(this, args);
    };
    try {
        await action();
    } finally {
        Request.prototype.clone = own;
    }
    return count;
}

/** A client whose token has been revoked, and is old enough to be replaced at once. */
async function revoked(world, options) {
    const clock = new StandingClock();
    const client = world.client({ clock, ...options });
    await client.headers();
    clock.advance(60_000);
    await world.control.revoke();
    return client;
}

const bodies = async (world) => (await world.control.log("api")).map(({ method, body_text: body }) => [method, body]);

export const requests = {
    async "client.fetch is a function by itself, of fetch's type"(world) {
        const { fetch } = world.client();
        const response = await settled(fetch("/items"), "a call");
        ok(response instanceof Response, "the platform's Response");
        equal([response.status, typeof (await response.json())], [200, "object"], "status and body");
        const inputs = [`${world.api}/items`, new URL(`${world.api}/items`), new Request(`${world.api}/items`)];
        for (const input of inputs) {
            equal((await settled(fetch(input), "a call")).status, 200, `status of ${input}`);
        }
        equal(await world.control.tokens(), 1, "token requests");
    },

    async "what is neither a text nor a Request is the text of a URL, as for fetch, and init may be null"(world) {
        const url = { href: `${world.api}/items`, toString: () => `${world.api}/items` };
        const { fetch } = world.client();
        equal((await settled(fetch(url), "a call")).status, 200, "status of a framework's own kind of URL");
        equal((await settled(fetch(String(url), null), "a call")).status, 200, "status without an init");
    },

    async "a request without a body is sent as it is, without a clone"(world) {
        const recorder = world.recorder();
        const client = await revoked(world, { fetch: recorder });
        const request = new Request(`${world.api}/items`, { headers: { "x-mine": "kept" } });
        equal(await clones(async () => equal((await client.fetch(request)).status, 200, "status")), 0, "clones");
        const calls = recorder.sent.filter((sent) => !world.isTokenRequest(sent));
        equal(calls.length, 2, "calls");
        if (world.host === "node" || world.isBrowser) {
            ok(
                calls.every(([input]) => input === request),
                "the very same request",
            );
        }
        ok(
            (await world.control.log("api")).every(({ headers }) => headers["x-mine"] === "kept"),
            "its own headers go along",
        );
    },

    async "a request with a body is cloned once, and sent again whole"(world) {
        const client = await revoked(world);
        const request = new Request(`${world.api}/items`, { method: "POST", body: "the whole text" });
        equal(await clones(async () => equal((await client.fetch(request)).status, 200, "status")), 1, "clones");
        equal(
            await bodies(world),
            [
                ["POST", "the whole text"],
                ["POST", "the whole text"],
            ],
            "what arrived",
        );
    },

    async "a body in init is sent again without a clone"(world) {
        const text = "a=1";
        for (const body of [text, new URLSearchParams(text), new Blob([text]), new TextEncoder().encode(text)]) {
            const client = await revoked(world);
            await world.control.ask("DELETE", "/log");
            const count = await clones(async () => {
                equal((await client.fetch("/items", { method: "PUT", body })).status, 200, "status");
            });
            equal(
                [count, await bodies(world)],
                [
                    0,
                    [
                        ["PUT", text],
                        ["PUT", text],
                    ],
                ],
                "clones and what arrived",
            );
            client.close();
        }
        const form = new FormData();
        form.set("name", "value");
        const client = await revoked(world);
        equal((await client.fetch("/items", { method: "POST", body: form })).status, 200, "status of a form");
    },

    async "a body that cannot be sent again gives the caller the API's own answer"(world) {
        if (["firefox", "webkit"].includes(world.host)) {
            return streamsAreRefused(world);
        }
        // Chromium sends a stream over HTTP/2 alone.
        const client = await revoked(world, world.host === "chromium" ? { provider: world.provider({}, "https") } : {});
        const body = new ReadableStream({
            start(controller) {
                controller.enqueue(new TextEncoder().encode("once"));
                controller.close();
            },
        });
        const response = await settled(client.fetch("/items", { method: "POST", body, duplex: "half" }), "a call");
        equal(response.status, 401, "the API's own status");
        equal(await bodies(world), [["POST", "once"]], "what arrived");
        equal((await settled(client.fetch("/items"), "the next call")).status, 200, "status of the next call");
    },

    async "json is sent with its type, and the user's own headers win"(world) {
        const sent = [];
        const client = world.client({
            provider: world.evertoken.fixed("sandbox-fixed", { api: world.evertoken.piwikPro.api("acme.piwik.pro") }),
            fetch: async (input, init) => {
                sent.push(new Request(input, init));
                return new Response("{}");
            },
        });
        await client.fetch("/api/apps/v2", { json: { data: 1 } });
        await client.fetch("/api/apps/v2", {
            method: "PATCH",
            json: [],
            headers: { accept: "text/plain", "content-type": "application/json" },
        });
        await client.fetch("/api/analytics/v1/query", { json: null });
        const told = await Promise.all(
            sent.map(async (request) => [
                request.method,
                request.headers.get("content-type"),
                request.headers.get("accept"),
                await request.text(),
            ]),
        );
        const [jsonApi, json] = ["application/vnd.api+json", "application/json"];
        equal(
            told,
            [
                ["POST", jsonApi, jsonApi, '{"data":1}'],
                ["PATCH", json, "text/plain", "[]"],
                ["POST", json, json, "null"],
            ],
            "what was sent",
        );
    },

    async "the user's own header with the token's name goes before ours"(world) {
        const client = world.client();
        const response = await client.fetch("/items", { headers: { authorization: "Bearer of-the-user" } });
        equal(response.status, 401, "the API's own answer");
        equal(await world.control.tokens(), 0, "token requests");
    },

    async "keepalive goes along"(world) {
        const sent = [];
        const client = await revoked(world, {
            fetch: (input, init) => {
                sent.push([input, init]);
                return fetch(input, init);
            },
        });
        const init = { method: "POST", body: "last words", keepalive: true };
        equal((await settled(client.fetch("/items", init), "a call")).status, 200, "status");
        const calls = sent.filter((call) => !world.isTokenRequest(call));
        equal(
            calls.map(([, init]) => init.keepalive),
            [true, true],
            "keepalive of both calls",
        );
        equal(
            await bodies(world),
            [
                ["POST", "last words"],
                ["POST", "last words"],
            ],
            "what arrived",
        );
    },

    async "an answer can be read as a stream while it comes"(world) {
        const client = world.client();
        await client.headers();
        await world.control.fault("api", { type: "stall", after_bytes: 5 }, { times: 1 });
        const response = await settled(client.fetch("/items"), "a call whose answer stalls");
        const reader = response.body.getReader();
        const { value } = await settled(reader.read(), "the first bytes");
        ok(value.length > 0 && value.length <= 5, "the first bytes");
        await world.control.release("api");
        let length = value.length;
        for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
            length += chunk.value.length;
        }
        ok(length > 5, "the rest");
    },
};

/** Not every engine sends a stream: the call fails as fetch does, or the text of the object goes out. */
async function streamsAreRefused(world) {
    const client = await revoked(world);
    const body = new ReadableStream({ start: (controller) => controller.close() });
    const answer = await settled(
        client.fetch("/items", { method: "POST", body, duplex: "half" }).catch((error) => error),
        "a call with a stream",
    );
    ok(
        answer.status === 401 || answer instanceof TypeError || answer.name === "NotSupportedError",
        `the API's own answer or fetch's error, not ${answer}`,
    );
    equal((await settled(client.fetch("/items"), "the next call")).status, 200, "status of the next call");
}
