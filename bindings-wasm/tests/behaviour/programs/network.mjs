import { createClient, oauth2 } from "evertoken";
import { equal, ok, rejection, settled } from "../expect.mjs";

/** What a page does before, while and after it is offline; its client stays. */
const PHASES = {
    async before({ line }) {
        const { id, secret } = line.keys.oauth2;
        const provider = oauth2(`${line.oauth2.http}/oauth2/token`, {
            api: `${line.oauth2.http}/api`,
            clientId: id,
            clientSecret: secret,
        });
        const policy = { fetchAttempts: 1, fetchPauseMs: 60_000, fetchPauseCapMs: 60_000 };
        globalThis.client = createClient({ provider, policy, dangerouslyAllowBrowser: true });
        equal((await client.fetch("/items")).status, 200, "status before");
    },

    async offline() {
        const { client } = globalThis;
        ok(
            (await settled(rejection(client.fetch(`/items?${crypto.randomUUID()}`), "a call"), "a call")) instanceof
                TypeError,
            "fetch's own error",
        );
        ok(typeof (await client.token()) === "string", "the good token is still there");
        client.logout();
        const error = await settled(rejection(client.headers(), "a call without a token"), "a call without a token");
        equal(error.code, "network_or_cors", "code");
        ok(error.retryAt.getTime() - Date.now() > 20_000, "the pause is long");
        globalThis.call = client.fetch("/items", {});
        globalThis.waiting = client.headers({ patienceMs: 120_000 });
        globalThis.call.catch(() => undefined);
        return navigator.onLine;
    },

    async online({ isSimulated }) {
        if (isSimulated) {
            globalThis.dispatchEvent(new Event("online"));
        }
        const headers = await settled(globalThis.waiting, "the call that waited, long before the pause is over");
        ok(headers.Authorization.startsWith("Bearer "), "it is served");
        equal((await globalThis.client.fetch("/items")).status, 200, "status after");
        globalThis.client.close();
    },
};

export default ({ phase, ...given }) => PHASES[phase](given);
