import { StandingClock } from "../clock.mjs";
import { equal, ok, rejection, settled, until } from "../expect.mjs";

export const outages = {
    async "while the token endpoint fails, every call with a good token is served"(world) {
        const clock = new StandingClock();
        const client = world.client({ clock });
        const failed = [];
        client.on("failed", (event) => failed.push(event));
        await client.headers();
        await world.control.fault("token", { type: "throttle", status: 503 });
        for (let minute = 0; minute < 58; minute += 2) {
            clock.advance(120_000);
            const responses = await settled(Promise.all([1, 2, 3].map(() => client.fetch("/items"))), "three calls");
            equal(
                responses.map(({ status }) => status),
                [200, 200, 200],
                `statuses after ${minute + 2} minutes`,
            );
            await until(() => client.explain().flight.state !== "in_flight", "the end of a refresh");
        }
        ok((await world.control.tokens()) > 2, "the refresh was tried again and again");
        ok(failed.length > 1 && failed.every(({ served }) => served), "the events say that callers were served");
    },

    async "while the token endpoint does not answer, every call with a good token is served"(world) {
        const clock = new StandingClock();
        const client = world.client({ clock });
        await client.headers();
        await world.control.fault("token", { type: "hang" });
        clock.advance(50 * 60_000);
        const responses = await settled(
            Promise.all(Array.from({ length: 50 }, () => client.fetch("/items"))),
            "fifty calls",
        );
        ok(
            responses.every(({ status }) => status === 200),
            "all are served",
        );
        await world.control.mend();
        await world.control.release("token");
    },

    async "after an outage the next call is served, with a new token"(world) {
        const clock = new StandingClock();
        const client = world.client({ clock, policy: { fetchAttempts: 1, patienceMs: 500 } });
        await world.control.fault("token", { type: "throttle", status: 503 });
        const error = await rejection(settled(client.headers(), "a call in an outage"), "a call in an outage");
        equal(
            [error.code, error.errorClass, error.retryable, error.status],
            ["server_error", "transient", true, 503],
            "error",
        );
        ok(error.retryAt instanceof Date, "it says when to come back");
        await world.control.mend();
        clock.advance(20_000);
        equal((await settled(client.fetch("/items"), "a call after the outage")).status, 200, "status");
    },

    async "in the window the old token is served at once and one refresh runs"(world) {
        const clock = new StandingClock();
        const client = world.client({ clock });
        const old = await client.token();
        const held = () => client.cachedHeaders().Authorization;
        await world.control.fault("token", { type: "hang" }, { times: 1 });
        clock.advance(50 * 60_000);
        equal(await settled(client.token(), "a call in the window"), old, "the token of a call");
        const late = client.token();
        equal(held(), `Bearer ${old}`, "the cached header");
        await until(async () => (await world.control.held()) === 1, "the refresh");
        await world.control.release("token");
        equal(await settled(late, "a call in the window"), old, "the token of another call");
        await until(() => held() !== `Bearer ${old}`, "the new token");
        equal(await world.control.tokens(), 2, "token requests");
    },
};
