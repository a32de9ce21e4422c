import { equal, ok, settled, turn } from "../expect.mjs";

export const silence = {
    async "a failed refresh, a lost race and an abort leave no rejection without a reader"(world) {
        await world.control.fault("token", { type: "drop" });
        const client = world.client({ policy: { fetchAttempts: 1 } });
        const controller = new AbortController();
        const calls = [
            client.headers(),
            client.token({ patienceMs: 1 }),
            client.fetch("/items", { signal: controller.signal }),
        ];
        controller.abort();
        const results = await settled(Promise.allSettled(calls), "calls");
        equal(
            results.map(({ status }) => status),
            ["rejected", "rejected", "rejected"],
            "outcomes",
        );
        client.cachedHeaders();
        client.retry();
        client.logout();
        client.close();
        await turn(20);
    },

    async "functions of a client that was never used do nothing"(world) {
        const client = world.client();
        client.invalidate();
        client.retry();
        client.logout();
        client.credentialsChanged();
        equal(client.cachedHeaders(), undefined, "cached headers");
        ok(String(client.explain()).length > 10, "it explains itself");
        client.close();
        await turn(20);
        equal(await world.control.tokens(), 0, "token requests");
    },

    async "credentials that change before the first use are the ones that are used"(world) {
        const client = world.client({
            provider: world.provider({ credentials: { client_id: "old", client_secret: "old" } }),
        });
        const { id, secret } = world.place.line.keys.oauth2;
        client.credentialsChanged({ credentials: { client_id: id, client_secret: secret } });
        equal((await settled(client.fetch("/items"), "a call")).status, 200, "status");
        equal(await world.control.tokens(), 1, "token requests");
    },
};
