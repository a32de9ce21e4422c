import { StandingClock } from "../clock.mjs";
import { equal, ok, rejection, settled, turn, until } from "../expect.mjs";

/** A client that waits out a pause, after the token endpoint failed once. */
async function paused(world) {
    const clock = new StandingClock();
    const client = world.client({ clock, policy: { fetchAttempts: 1, fetchPauseMs: 10_000 } });
    await world.control.fault("token", { type: "throttle", status: 503 }, { times: 1 });
    await rejection(client.headers(), "a call");
    const call = client.headers({ patienceMs: 60_000 });
    await turn(20);
    equal(await world.control.tokens(), 1, "token requests in the pause");
    return { clock, call };
}

export const pages = {
    async "a raw secret in a page needs an acknowledgement"(world) {
        const make = () => world.evertoken.createClient({ provider: world.provider(), tabs: false });
        const error = await rejection((async () => make())(), "a client with a secret");
        ok(error instanceof world.evertoken.ConfigurationError, `a ConfigurationError, not ${error}`);
        ok(/broker/.test(error.fix) && /dangerouslyAllowBrowser/.test(error.fix), "it names both ways out");
        const { broker, fixed } = world.evertoken;
        for (const provider of [broker("/token", { api: world.api }), fixed("sandbox-token", { api: world.api })]) {
            world.evertoken.createClient({ provider, tabs: false }).close();
        }
    },

    async "a client with other credentials shares no tokens with those that have the earlier ones"(world) {
        const tabs = crypto.randomUUID();
        const [stays, leaves] = [world.client({ tabs }), world.client({ tabs })];
        const shared = await settled(stays.token(), "the first token");
        equal(await settled(leaves.token(), "the same token"), shared, "what both have");
        const { id, secret } = await world.control.ask("POST", "/oauth2/keys", { name: "Somebody else" });
        leaves.credentialsChanged({ credentials: { clientId: id, clientSecret: secret }, dropToken: true });
        const other = await settled(leaves.token(), "a token of somebody else");
        await turn(20);
        equal([other === shared, (await stays.token()) === shared], [false, true], "who has which token");
        const third = world.client({ tabs, provider: world.provider({ clientId: id, clientSecret: secret }) });
        equal(await settled(third.token(), "the other's token"), other, "what those of the same credentials have");
        equal(await world.control.tokens(), 2, "token requests");
    },

    async "a token endpoint that forbids the page's origin is network_or_cors, with a hint"(world) {
        await world.control.settings({ cors: null });
        const client = world.client({ policy: { fetchAttempts: 1 } });
        const error = await settled(rejection(client.headers(), "a call"), "a call");
        ok(error instanceof world.evertoken.TransportError, `a TransportError, not ${error}`);
        equal(error.code, "network_or_cors", "code");
        ok(
            error.fix.includes("CORS") && error.cause instanceof TypeError,
            "a hint, and fetch's own TypeError as the cause",
        );
    },

    async "an API that forbids the page's origin fails as fetch does"(world) {
        const client = world.client();
        await client.headers();
        await world.control.settings({ cors: null });
        const error = await settled(rejection(client.fetch(`/items?${crypto.randomUUID()}`), "a call"), "a call");
        ok(error instanceof TypeError, `fetch's own TypeError, not ${error}`);
    },

    async "a broker of the page's own origin is asked with a relative URL"(world) {
        const client = world.client({
            provider: world.evertoken.broker("/broker/token", {
                api: world.api,
                headers: () => ({ "x-csrf": "of-the-session" }),
            }),
        });
        document.cookie = "session=of-the-page; path=/; samesite=lax";
        equal((await settled(client.fetch("/items"), "a call")).status, 200, "status");
        const [asked] = await (await fetch("/broker/log")).json();
        equal([asked.method, asked.body, asked["x-csrf"]], ["POST", "", "of-the-session"], "what the broker was asked");
        ok(asked.cookie?.includes("session=of-the-page"), "the page's cookies go along");
    },

    async "a broker without cookies gets none"(world) {
        document.cookie = "session=of-the-page; path=/; samesite=lax";
        const client = world.client({
            provider: world.evertoken.broker("/broker/token", { api: world.api, credentials: "omit" }),
        });
        await settled(client.headers(), "a call");
        const [asked] = await (await fetch("/broker/log")).json();
        equal(asked.cookie, undefined, "cookies");
    },

    async "a token request to another origin carries no cookies"(world) {
        const recorder = world.recorder();
        await settled(world.client({ fetch: recorder }).headers(), "a call");
        const request = new Request(...recorder.sent[0]);
        ok(["omit", "same-origin"].includes(request.credentials), `no cookies: ${request.credentials}`);
        equal([request.redirect, request.cache], ["manual", "no-store"], "redirect and cache");
    },

    async "the Response and the errors of another realm work as our own"(world) {
        const frame = document.createElement("iframe");
        document.body.append(frame);
        const { contentWindow: other } = frame;
        const foreign = (input, init) =>
            other.fetch(input.url ?? input, {
                method: input.method,
                headers: input.headers,
                ...init,
                body: body(input, init),
            });
        const body = (input, init) =>
            input.method === "POST" ? new URLSearchParams({ grant_type: "client_credentials" }) : init?.body;
        const client = world.client({ fetch: (input, init) => foreign(input, init) });
        const response = await settled(client.fetch("/items"), "a call");
        ok(response instanceof other.Response && response.status === 200, "the other realm's Response");
        const failing = world.client({
            fetch: () => Promise.reject(new other.TypeError("Failed to fetch")),
            policy: { fetchAttempts: 1 },
        });
        const error = await settled(rejection(failing.headers(), "a call"), "a call");
        ok(
            error instanceof world.evertoken.TransportError && error.cause instanceof other.TypeError,
            "a TransportError with that cause",
        );
        frame.remove();
    },

    async "a page that is shown again looks at the clock, though its timers stood still"(world) {
        const { clock, call } = await paused(world);
        clock.sleep(30_000);
        document.dispatchEvent(new Event("visibilitychange"));
        await settled(call, "the call that waited");
        equal(await world.control.tokens(), 2, "token requests");
    },

    async "a page that comes out of the cache looks at the clock, though its timers stood still"(world) {
        const { clock, call } = await paused(world);
        clock.sleep(30_000);
        globalThis.dispatchEvent(new Event("pageshow"));
        await settled(call, "the call that waited");
        equal(await world.control.tokens(), 2, "token requests");
    },

    async "a page that is online again does not wait for the end of the pause"(world) {
        const { clock, call } = await paused(world);
        clock.sleep(2_000);
        globalThis.dispatchEvent(new Event("online"));
        await settled(call, "the call that waited");
        equal(await world.control.tokens(), 2, "token requests");
    },

    async "the events of a page start nothing where nobody waits"(world) {
        const clock = new StandingClock();
        const client = world.client({ clock });
        await client.headers();
        clock.sleep(10_000_000);
        document.dispatchEvent(new Event("visibilitychange"));
        globalThis.dispatchEvent(new Event("online"));
        await turn(30);
        equal(await world.control.tokens(), 1, "token requests");
        await settled(client.headers(), "the next call");
        await until(async () => (await world.control.tokens()) === 2, "the next token request");
    },

    async "a closed client listens to nothing"(world) {
        const own = EventTarget.prototype.addEventListener;
        let count = 0;
        EventTarget.prototype.addEventListener = function (type, listener, options) {
            if (["visibilitychange", "pageshow", "online"].includes(type)) {
                count += 1;
                options.signal.addEventListener("abort", () => (count -= 1));
            }
            return own.call(this, type, listener, options);
        };
        try {
            const client = world.client();
            await client.headers();
            ok(count > 0, "it listens");
            client.close();
            equal(count, 0, "listeners in the end");
        } finally {
            EventTarget.prototype.addEventListener = own;
        }
    },
};
