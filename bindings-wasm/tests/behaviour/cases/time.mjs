import { StandingClock } from "../clock.mjs";
import { equal, ok, settled, turn, until } from "../expect.mjs";

const DAY_MS = 86_400_000;

export const time = {
    async "a token of sixty days sets no timer that overflows"(world) {
        await world.control.settings({ lifetime_ms: 60 * DAY_MS });
        const own = globalThis.setTimeout;
        const delays = [];
        globalThis.setTimeout = (callback, delay = 0, ...rest) => {
            delays.push(delay);
            return own(callback, delay, ...rest);
        };
        try {
            const client = world.client();
            await client.headers();
            await new Promise((resolve) => own(resolve, 50));
            equal(
                delays.filter((delay) => !(delay >= 0 && delay < 2 ** 31)),
                [],
                "delays that fire at once",
            );
            ok(delays.length < 20, "timers do not spin");
        } finally {
            globalThis.setTimeout = own;
        }
        const clock = new StandingClock();
        await world.client({ clock }).headers();
        ok(clock.longestMs <= 3_600_000, `no timer is longer than an hour: ${clock.longestMs}`);
    },

    async "an answer whose body may tell of the token but never ends is given to its caller"(world) {
        const endless = () => {
            const stream = new ReadableStream({ start: (body) => body.enqueue(new TextEncoder().encode("{")) });
            return new Response(stream, { status: 403, headers: { "content-type": "application/json" } });
        };
        const { piwik_pro: vendor, keys } = world.place.line;
        const { id, secret } = keys.piwik_pro;
        const clock = new StandingClock();
        const client = world.client({
            provider: world.evertoken.piwikPro(vendor.http, { clientId: id, clientSecret: secret }),
            fetch: async (input, init) => (String(input.url ?? input).includes("/api/") ? endless() : fetch(input, init)),
            clock,
        });
        await client.headers();
        equal(clock.timers, 0, "timers before");
        const call = client.fetch("/api/apps/v2");
        await until(() => clock.timers === 1, "the look into the body");
        clock.advance(15_000);
        const response = await settled(call, "the call");
        equal([response.status, clock.timers], [403, 0], "status, and timers left");
        const { value } = await response.body.getReader().read();
        equal(new TextDecoder().decode(value), "{", "what is there of the body");
    },

    async "a wall clock that is set forward costs one token request, set back none"(world) {
        const clock = new StandingClock();
        const client = world.client({ clock });
        await client.headers();
        clock.step(-DAY_MS);
        await settled(Promise.all(Array.from({ length: 10 }, () => client.headers())), "calls after a step back");
        equal(await world.control.tokens(), 1, "token requests after a step back");
        clock.step(2 * DAY_MS);
        await settled(Promise.all(Array.from({ length: 10 }, () => client.headers())), "calls after a step forward");
        equal(await world.control.tokens(), 2, "token requests after a step forward");
        clock.step(-DAY_MS);
        await settled(client.headers(), "a call after another step back");
        equal(await world.control.tokens(), 2, "token requests in the end");
    },

    async "a token that expired while timers stood still is not sent"(world) {
        const clock = new StandingClock();
        const client = world.client({ clock });
        const old = await client.token();
        clock.sleep(DAY_MS);
        equal(client.cachedHeaders(), undefined, "cached headers after a sleep");
        const response = await settled(client.fetch("/items"), "a call after a sleep");
        equal(response.status, 200, "status");
        const [call] = await world.control.log("api");
        ok(call.headers.authorization !== `Bearer ${old}`, "another token");
        equal(await world.control.tokens(), 2, "token requests");
    },

    async "a clock that runs backwards breaks nothing"(world) {
        const clock = new StandingClock();
        const client = world.client({ clock });
        const headers = await client.headers();
        clock.sleep(-500_000);
        ok((await settled(client.headers(), "a call")) === headers, "the same header");
        equal(await world.control.tokens(), 1, "token requests");
    },

    async "an idle client with a good token asks for none by itself"(world) {
        const clock = new StandingClock();
        const client = world.client({ clock });
        await client.headers();
        clock.advance(3 * DAY_MS);
        await turn(20);
        equal(await world.control.tokens(), 1, "token requests");
        await settled(client.headers(), "a call");
        await until(async () => (await world.control.tokens()) === 2, "the second token request");
    },
};
