import { equal, ok, rejection, settled, turn } from "../expect.mjs";

/** What says the most about a value on this platform, beside what every platform has. */
async function inspections(world) {
    const { Deno, Bun, process } = globalThis;
    const util = process?.getBuiltinModule?.("node:util");
    return [
        (value) => String(value),
        (value) => JSON.stringify(value),
        (value) => JSON.stringify(walked(value)),
        (value) => value?.stack,
        ...(util === undefined
            ? []
            : [(value) => util.inspect(value, { showHidden: true, depth: Infinity, getters: true })]),
        ...(Deno === undefined ? [] : [(value) => Deno.inspect(value, { showHidden: true, depth: 20, getters: true })]),
        ...(Bun === undefined ? [] : [(value) => Bun.inspect(value, { depth: 20 })]),
    ];
}

/** Every own member, enumerable or not, of everything that can be reached. */
function walked(value, seen = new Set()) {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) {
        return typeof value === "bigint" || typeof value === "symbol" ? String(value) : value;
    }
    seen.add(value);
    return Reflect.ownKeys(value).map((key) => {
        const { get, value: member } = Object.getOwnPropertyDescriptor(value, key);
        return [String(key), get === undefined ? walked(member, seen) : "a getter"];
    });
}

async function reveals(world, values, secrets) {
    const found = [];
    for (const [name, value] of Object.entries(values)) {
        for (const inspect of await inspections(world)) {
            let text;
            try {
                text = String(inspect(value));
            } catch {
                continue; // JSON refuses some values.
            }
            found.push(...secrets.filter((secret) => text.includes(secret)).map(() => `${name} by ${inspect}`));
        }
    }
    return found;
}

export const secrets = {
    async "neither a secret nor a token is in what a client, a provider, an event or an explanation shows"(world) {
        const provider = world.provider();
        const client = world.client({ provider });
        const events = [];
        client.on("*", (event) => events.push(event));
        const first = await client.token();
        client.invalidate();
        const second = await client.token();
        const values = {
            client,
            provider,
            events,
            explanation: client.explain(),
            api: world.evertoken.piwikPro.api("acme.piwik.pro"),
        };
        equal(await reveals(world, values, [world.secret, first, second]), [], "revealed");
        ok(
            JSON.stringify(client.explain()).length > 50 && String(client.explain()).length > 20,
            "the explanation says something",
        );
        ok(events.length >= 4, "there were events");
    },

    async "neither is in an error, whatever the server repeats"(world) {
        const token = "sandbox-token-that-nobody-may-see";
        const echo = { error: "invalid_client", error_description: `no ${world.secret} here`, access_token: token };
        const bodies = [{ json: echo }, { text: `<p>${world.secret}</p>` }, { json: { ...echo, error: world.secret } }];
        for (const status of [400, 401, 500, 200]) {
            for (const body of bodies) {
                await world.control.fault("token", { type: "answer", status, body }, { times: 1 });
                const client = world.client({ policy: { fetchAttempts: 1 } });
                const events = [];
                client.on("*", (event) => events.push(event));
                const error = await settled(
                    client.headers().catch((error) => error),
                    "a call",
                );
                const values = { ...(error instanceof Error && { error }), events, explanation: client.explain() };
                equal(await reveals(world, values, [world.secret, token]), [], `revealed after ${status}`);
                client.close();
                await world.control.mend();
            }
        }
    },

    async "neither is in the error when fetch repeats the request"(world) {
        const client = world.client({
            fetch: async (input, init) => {
                const request = new Request(input, init);
                throw new TypeError(`request failed: ${request.url}`, { cause: { code: "ECONNRESET" } });
            },
            policy: { fetchAttempts: 1 },
        });
        const error = await settled(rejection(client.headers(), "a call"), "a call");
        equal(await reveals(world, { error }, [world.secret]), [], "revealed");
    },

    async "nothing is written to the console"(world) {
        const said = [];
        const own = {};
        for (const name of ["debug", "error", "info", "log", "trace", "warn"]) {
            own[name] = console[name];
            console[name] = (...args) => said.push([name, ...args.map(String)]);
        }
        try {
            const client = world.client({ policy: { fetchAttempts: 1 } });
            await client.fetch("/items");
            client.logout();
            await world.control.fault("token", { type: "documented", name: "invalid_client" });
            await rejection(client.fetch("/items"), "a call");
            await turn(10);
        } finally {
            Object.assign(console, own);
        }
        equal(said, [], "lines");
    },
};
