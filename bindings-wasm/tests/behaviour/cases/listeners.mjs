import { equal, ok, rejection, settled, turn } from "../expect.mjs";

export const listeners = {
    async "a listener hears its type, and an asterisk hears all"(world) {
        const client = world.client();
        const [granted, all] = [[], []];
        client.on("granted", (event) => granted.push(event));
        client.on("*", ({ type }) => all.push(type));
        await client.headers();
        client.invalidate();
        await client.headers();
        await turn();
        equal(
            granted.map(({ type, generation }) => [type, generation]),
            [
                ["granted", 1],
                ["granted", 2],
            ],
            "granted",
        );
        equal(all, ["started", "granted", "invalidated", "started", "granted"], "all");
        equal(granted[0].lifetimeMs, 3_600_000, "the token's lifetime");
    },

    async "a listener ends by its function and by its signal"(world) {
        const client = world.client();
        const heard = [];
        const off = client.on("started", () => heard.push("function"));
        const controller = new AbortController();
        client.on("started", () => heard.push("signal"), { signal: controller.signal });
        client.on("started", () => heard.push("never"), { signal: AbortSignal.abort() });
        const both = () => heard.push("both");
        const offBoth = client.on("started", both);
        client.on("started", both);
        await client.headers();
        equal(heard.sort(), ["both", "both", "function", "signal"], "the first time");
        off();
        off();
        offBoth();
        controller.abort();
        client.invalidate();
        await client.headers();
        equal(heard.sort(), ["both", "both", "both", "function", "signal"], "the second time");
    },

    async "a listener that ends itself does not end the next"(world) {
        const client = world.client();
        const heard = [];
        const off = client.on("granted", () => {
            heard.push("first");
            off();
        });
        client.on("granted", () => heard.push("second"));
        await client.headers();
        client.invalidate();
        await client.headers();
        equal(heard, ["first", "second", "second"], "who heard");
    },

    async "a listener may call the client"(world) {
        const client = world.client();
        const answers = [];
        client.on("*", ({ type }) => {
            answers.push(
                client.headers().then(
                    (headers) => [type, headers],
                    (error) => [type, error],
                ),
            );
            client.explain();
        });
        const headers = await settled(client.headers(), "a call");
        const told = await settled(Promise.all([...answers]), "calls of listeners");
        ok(told.length >= 2 && told.every(([, other]) => other === headers), "they get the same header");
        equal(await world.control.tokens(), 1, "token requests");
    },

    async "a listener may close the client"(world) {
        const client = world.client();
        client.on("started", () => client.close());
        const error = await settled(rejection(client.headers(), "a call"), "a call");
        ok(["cancelled", "closed"].includes(error.code), `cancelled or closed, not ${error.code}`);
    },

    async "nobody hears of a client that is closed"(world) {
        const client = world.client();
        const heard = [];
        await client.headers();
        client.on("*", ({ type, reset }) => heard.push([type, reset]));
        client.close();
        client.close();
        client[Symbol.dispose]?.();
        await turn();
        equal(heard, [["reset", "close"]], "events");
        equal((await rejection(client.headers(), "a call")).code, "closed", "code");
    },
};
