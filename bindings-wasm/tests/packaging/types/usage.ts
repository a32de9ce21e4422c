// What a strict user writes; compiled, never run.

import {
    EvertokenError,
    ThrottledError,
    broker,
    createClient,
    custom,
    didomi,
    fixed,
    oauth2,
    oroCommerce,
    oroPlatform,
    piwikPro,
    type Client,
    type ErrorCode,
    type Explanation,
} from "evertoken";
import { createClient as createSlimClient } from "evertoken/slim";

const client: Client = createClient({
    provider: broker("/token", { api: "https://api.example.com", credentials: "same-origin" }),
});
const sameAsFetch: typeof fetch = client.fetch;
const providers = [
    piwikPro("acme.piwik.pro"),
    didomi({ key: "key", secret: "secret" }),
    oroCommerce("https://shop.example.com", { surface: "storefront" }),
    oroPlatform("https://crm.example.com"),
    oauth2("https://login.example.com/token", {
        api: piwikPro.api("acme.piwik.pro"),
        clientId: "id",
        clientSecret: "secret",
    }),
    custom({ version: 1 }, { credentials: async () => ({ client_id: "id" }) }),
    fixed("token", { api: "https://api.example.com" }),
];
for (const provider of providers)
    createSlimClient({ provider, wasm: () => new Uint8Array(8), policy: { patienceMs: 5000 } }).close();

export async function answer(): Promise<ErrorCode | number> {
    try {
        const response: Response = await sameAsFetch("/api", { method: "POST", signal: new AbortController().signal });
        const headers: Readonly<Record<string, string>> = await client.headers({ patienceMs: 1000 });
        const token: string = await client.token();
        return response.status + token.length + Object.keys(headers).length;
    } catch (error) {
        if (error instanceof ThrottledError) return error.retryAt?.getTime() ?? 0;
        if (error instanceof EvertokenError) return error.code;
        throw error;
    }
}

const end: () => void = client.on("granted", (event) => console.log(event.type, event.lifetimeMs));
end();
export const explanation: Explanation = client.explain();

// @ts-expect-error a client without a provider
createClient({});
// @ts-expect-error the slim entry needs the wasm
createSlimClient({ provider: fixed("token", { api: "https://api.example.com" }) });
// @ts-expect-error no such surface
oroCommerce("https://shop.example.com", { surface: "garden" });
// @ts-expect-error errors are not made by users
new EvertokenError();
