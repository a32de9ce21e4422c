import { equal, ok, settled } from "../expect.mjs";

export const servers = {
    async "a token request runs outside of its caller's asynchronous context"(world) {
        const { AsyncLocalStorage } = globalThis.process.getBuiltinModule("node:async_hooks");
        const storage = new AsyncLocalStorage();
        const seen = [];
        const provider = world.provider({
            credentials: () => {
                seen.push(["credentials", storage.getStore()]);
                const { id, secret } = world.place.line.keys.oauth2;
                return { client_id: id, client_secret: secret };
            },
        });
        const recorder = (input, init) => {
            seen.push([world.isTokenRequest([input]) ? "token" : "api", storage.getStore()]);
            return fetch(input, init);
        };
        const client = world.client({ provider, fetch: recorder });
        await settled(
            storage.run("request A", () => client.fetch("/items")),
            "a call",
        );
        client.invalidate();
        await settled(
            storage.run("request B", () => client.fetch("/items")),
            "a call",
        );
        const wanted = [
            ["credentials", undefined],
            ["token", undefined],
        ];
        equal(seen, [...wanted, ["api", "request A"], ...wanted, ["api", "request B"]], "contexts");
    },

    async "credentials come from the environment where none are given"(world) {
        const { env } = globalThis.process;
        const { id, secret } = world.place.line.keys.piwik_pro;
        env.PIWIK_PRO_CLIENT_ID = id;
        env.PIWIK_PRO_CLIENT_SECRET = secret;
        try {
            const provider = world.evertoken.piwikPro("acme.piwik.pro", { endpoint: world.place.line.piwik_pro.http });
            const client = world.client({ provider });
            equal((await settled(client.fetch("/api/apps/v2"), "a call")).status, 200, "status");
        } finally {
            delete env.PIWIK_PRO_CLIENT_ID;
            delete env.PIWIK_PRO_CLIENT_SECRET;
        }
        const client = world.client({
            provider: world.evertoken.piwikPro("acme.piwik.pro", { endpoint: world.place.line.piwik_pro.http }),
        });
        const error = await settled(
            client.headers().catch((error) => error),
            "a call without credentials",
        );
        equal(error.code, "missing_credentials", "code");
        ok(error.fix.includes("PIWIK_PRO_CLIENT_ID") || error.message.includes("client"), "it names them");
    },
};
