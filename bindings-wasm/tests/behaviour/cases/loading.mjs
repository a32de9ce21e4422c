import { equal, ok, rejection, settled } from "../expect.mjs";

/** A client of `evertoken/slim`. */
const slim = (world, wasm, options) => world.client({ createClient: world.slim.createClient, wasm, ...options });

/** What the option may be. */
const FORMS = {
    "a URL": ({ place }) => new URL(`${place.server}/package/evertoken.wasm`),
    "a text": ({ place }) => `${place.server}/package/evertoken.wasm`,
    "a Response": ({ place }) => fetch(`${place.server}/package/evertoken.wasm`),
    bytes: (world) => world.wasm(),
    "a Module": async (world) => WebAssembly.compile(await world.wasm()),
};

export const loading = {
    async "a wasm that could not be loaded is tried again by the next call"(world) {
        const bytes = await world.wasm();
        const outcomes = [
            () => Promise.reject(new TypeError("Failed to fetch")),
            () => {
                throw new Error("at once");
            },
            () => Promise.reject("a text"),
            () => new Response("busy", { status: 503 }),
            () => new Response("<!doctype html>", { headers: { "content-type": "text/html" } }),
            () => new Uint8Array(10),
            () => bytes,
        ];
        let asked = 0;
        const client = slim(world, () => outcomes[asked++]());
        for (let failures = 1; failures < outcomes.length; failures += 1) {
            const calls = [client.headers(), client.fetch("/items"), client.ready(), client.url("/items")];
            const errors = await settled(Promise.all(calls.map((call) => rejection(call, "a call"))), "four calls");
            for (const error of errors) {
                ok(error instanceof world.slim.EvertokenError, `an EvertokenError, not ${error}`);
                ok(["transport_failed", "invalid_option"].includes(error.code), `a code, not ${error.code}`);
                ok(error.fix.length > 0, "it says what to do");
            }
            equal(asked, failures, "loads for calls that come together");
        }
        equal((await settled(client.fetch("/items"), "the last call")).status, 200, "status");
        equal([asked, await world.control.tokens()], [outcomes.length, 1], "loads and token requests");
    },

    async "a wasm at a URL that fails first is tried again"(world) {
        const url = `${world.place.server}/flaky.wasm?${crypto.randomUUID()}`;
        const client = slim(world, () => new URL(url));
        equal((await settled(rejection(client.headers(), "a call"), "a call")).code, "transport_failed", "code");
        equal((await settled(client.fetch("/items"), "the next call")).status, 200, "status");
    },

    ...Object.fromEntries(
        Object.entries(FORMS).map(([name, form]) => [
            `the wasm is taken as ${name}, once for all clients`,
            async (world) => {
                const wasm = await form(world);
                let asked = 0;
                const counted = () => {
                    asked += 1;
                    return wasm;
                };
                const clients = [slim(world, counted), slim(world, counted), slim(world, wasm)];
                const responses = await settled(
                    Promise.all(clients.map(({ fetch }) => fetch("/items"))),
                    "three clients",
                );
                equal(
                    responses.map(({ status }) => status),
                    [200, 200, 200],
                    "statuses",
                );
                equal([asked, await world.control.tokens()], [1, 3], "loads, and token requests of three clients");
            },
        ]),
    ),

    async "nobody is left to hear of a wasm that fails, and it is no unhandled rejection"(world) {
        const failure = new TypeError("Failed to fetch");
        const reason = new Error("before");
        const aborted = slim(world, () => Promise.reject(failure)).fetch("/items", { signal: AbortSignal.abort(reason) });
        ok((await rejection(aborted, "an aborted call")) === reason, "the caller's own reason");
        const eager = slim(world, Promise.reject(failure));
        // The platforms tell of unhandled rejections after a task.
        await world.control.tokens();
        const error = await settled(rejection(eager.ready(), "the first use"), "the first use");
        equal([error.code, error.cause === failure], ["transport_failed", true], "code and cause");
    },

    async "ready loads the wasm and sends no token request"(world) {
        const client = world.client();
        await settled(Promise.all([client.ready(), client.ready()]), "ready");
        await settled(client.ready(), "ready again");
        equal(await world.control.tokens(), 0, "token requests");
        const wrong = world.client({ policy: { patienceMs: -1 } });
        equal(
            (await settled(rejection(wrong.ready(), "a wrong option"), "ready")).code,
            "invalid_option",
            "code of a wrong option",
        );
    },

    async "a trap is an error with a code, and other clients go on"(world) {
        const trap = { isSet: false };
        const { instance } = await WebAssembly.instantiate(trapping(), {});
        const own = WebAssembly.instantiate;
        WebAssembly.instantiate = async (...args) => {
            const made = await own(...args);
            const exports = {};
            for (const [name, value] of Object.entries((made.instance ?? made).exports)) {
                const isOurs = typeof value === "function" && /^machine_/.test(name);
                exports[name] = isOurs ? (...given) => (trap.isSet ? instance.exports.trap() : value(...given)) : value;
            }
            return made.instance === undefined ? { exports } : { module: made.module, instance: { exports } };
        };
        try {
            const client = slim(world, await world.wasm());
            await client.headers();
            trap.isSet = true;
            const error = await settled(rejection(client.headers({ minValidMs: 1 }), "a call"), "a call into a trap");
            ok(error instanceof world.slim.EvertokenError && error.code === "misuse", `misuse, not ${error}`);
            ok(error.cause instanceof WebAssembly.RuntimeError, "the trap is the cause");
            trap.isSet = false;
            equal(
                (await settled(slim(world, () => world.wasm()).fetch("/items"), "another client")).status,
                200,
                "another client",
            );
        } finally {
            WebAssembly.instantiate = own;
        }
    },
};

/** A module whose function `trap` executes `unreachable`. */
function trapping() {
    return new Uint8Array([
        0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 0x74, 0x72, 0x61, 0x70, 0, 0, 10,
        5, 1, 3, 0, 0, 0x0b,
    ]);
}
