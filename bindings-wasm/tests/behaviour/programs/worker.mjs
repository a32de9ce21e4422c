import * as evertoken from "evertoken";
import * as slim from "evertoken/slim";

/** A worker that calls the API with both entries, and is refused a secret. */
self.addEventListener("message", async ({ data: { api, origin } }) => {
    try {
        const provider = evertoken.broker(`${origin}/broker/token`, { api });
        const clients = [
            evertoken.createClient({ provider, tabs: false }),
            slim.createClient({ provider, tabs: false, wasm: `${origin}/package/evertoken.wasm` }),
        ];
        const statuses = await Promise.all(clients.map(async (client) => (await client.fetch("/items")).status));
        let refusal;
        try {
            evertoken.createClient({ provider: evertoken.didomi({ key: "sandbox-key", secret: "sandbox-secret" }) });
        } catch (error) {
            refusal = error.code;
        }
        self.postMessage({ statuses, refusal });
    } catch (error) {
        self.postMessage({ error: String(error) });
    }
});
