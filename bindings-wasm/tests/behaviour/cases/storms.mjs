import { StandingClock } from "../clock.mjs";
import { equal, ok, settled, until } from "../expect.mjs";

const statuses = (responses) => [...new Set(responses.map(({ status }) => status))];

export const storms = {
    async "a thousand calls at once, without a token, cost one token request"(world) {
        const client = world.client();
        const calls = Array.from({ length: 1_000 }, () => client.headers());
        const headers = await settled(Promise.all(calls), "a thousand calls", 60_000);
        equal(new Set(headers).size, 1, "different headers");
        equal(await world.control.tokens(), 1, "token requests");
    },

    async "a thousand fetches at once, without a token, cost one token request and are all served"(world) {
        const client = world.client();
        const responses = await settled(
            Promise.all(Array.from({ length: 1_000 }, () => client.fetch("/items"))),
            "a thousand fetches",
            60_000,
        );
        equal(statuses(responses), [200], "statuses");
        equal([await world.control.tokens(), await world.control.calls()], [1, 1_000], "token requests and API calls");
    },

    async "two hundred rejections together cost one token request"(world) {
        const clock = new StandingClock();
        const client = world.client({ clock });
        await client.headers();
        clock.advance(60_000);
        await world.control.revoke();
        const responses = await settled(
            Promise.all(Array.from({ length: 200 }, () => client.fetch("/items"))),
            "two hundred rejections",
            60_000,
        );
        equal(statuses(responses), [200], "statuses");
        equal(await world.control.tokens(), 2, "token requests");
    },

    async "two hundred rejections that come one after another cost one token request"(world) {
        const clock = new StandingClock();
        const gates = [];
        const gated = async (input, init) => {
            const response = await fetch(input, init);
            if (response.status !== 401) {
                return response;
            }
            // The body is read, so that no connection is in use while the answer is kept back.
            const text = await response.text();
            await new Promise((pass) => gates.push(pass));
            return new Response(text, { status: 401, headers: response.headers });
        };
        const client = world.client({ clock, fetch: gated });
        await client.headers();
        clock.advance(60_000);
        await world.control.revoke();
        const served = [];
        const calls = Array.from({ length: 200 }, () =>
            client.fetch("/items").then((response) => served.push(response)),
        );
        await until(() => gates.length === 200, "two hundred rejections");
        for (let open = 20; open <= 200; open += 20) {
            gates.splice(0, 20).forEach((pass) => pass());
            await until(() => served.length >= open, `answers for ${open} calls`);
            clock.advance(5_000);
        }
        await settled(Promise.all(calls), "all calls");
        equal(statuses(served), [200], "statuses");
        equal(await world.control.tokens(), 2, "token requests");
    },

    async "a call that starts while a token is on its way waits for that one"(world) {
        await world.control.fault("token", { type: "hang" }, { times: 1 });
        const client = world.client();
        const first = client.headers();
        await until(async () => (await world.control.held()) === 1, "the token request");
        const second = client.headers();
        await world.control.release("token");
        ok((await first) === (await second), "both get the same header object");
        equal(await world.control.tokens(), 1, "token requests");
    },
};
