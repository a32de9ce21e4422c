import { broker, createClient, oauth2 } from "evertoken";

/** Programs that use a client and end without closing it. */
const ENDS = {
    async "was only made"({ provider }) {
        createClient({ provider });
    },
    async "was made ready"({ provider }) {
        await createClient({ provider }).ready();
    },
    async "holds a token, and has a listener that nobody took away"({ provider }) {
        const client = createClient({ provider });
        client.on("*", () => undefined);
        await (await client.fetch("/items")).text();
    },
    async "shares a token that lives for sixty days"({ provider, line }) {
        await fetch(`${line.control}/oauth2/settings`, { method: "PATCH", body: '{"lifetime_ms":5184000000}' });
        await createClient({ provider, tabs: true }).headers();
    },
    async "is in a pause after a failure"({ line }) {
        const provider = broker(`${line.oauth2.http}/nothing`, { api: `${line.oauth2.http}/api` });
        const client = createClient({ provider, policy: { fetchAttempts: 1, fetchPauseMs: 15_000 } });
        await client.headers({ patienceMs: 100 }).catch(() => undefined);
    },
    async "was aborted while it waited"({ provider, line }) {
        await fetch(`${line.control}/oauth2/faults`, {
            method: "POST",
            body: '{"kind":"token","times":1,"fault":{"type":"hang"}}',
        });
        const controller = new AbortController();
        const call = createClient({ provider }).headers({ signal: controller.signal });
        while ((await (await fetch(`${line.control}/idle`)).json()).held === 0) {
            await new Promise((resolve) => setTimeout(resolve, 5));
        }
        controller.abort("gone");
        await call.catch(() => undefined);
        await (await fetch(`${line.control}/oauth2/release`, { method: "POST", body: "{}" })).json();
    },
    async "is written to the console, with its errors and events"({ provider, line }) {
        const client = createClient({ provider, policy: { fetchAttempts: 1 } });
        client.on("*", (event) => console.log(event));
        const token = await client.token();
        client.invalidate();
        await fetch(`${line.control}/oauth2/faults`, {
            method: "POST",
            body: JSON.stringify({ kind: "token", times: 1, fault: { type: "documented", name: "invalid_client" } }),
        });
        const error = await client.headers().catch((error) => error);
        console.log(client, provider, error, client.explain(), String(client.explain()));
        console.error(error);
        return token;
    },
};

/** Runs one of them. */
export default function exit({ name, line }) {
    const { id, secret } = line.keys.oauth2;
    const provider = oauth2(`${line.oauth2.http}/oauth2/token`, {
        api: `${line.oauth2.http}/api`,
        clientId: id,
        clientSecret: secret,
    });
    return ENDS[name]({ provider, line });
}
