import { EvertokenError, broker, createClient } from "evertoken";

/** What everybody does with the package: calls the API five times at once, and a stranger, whom no token is sent to. */
export async function trial({ endpoint, api }, options = {}) {
    const client = createClient({ provider: broker(endpoint, { api, credentials: "omit" }), ...options });
    const responses = await Promise.all(
        ["/1", "/2", "/3", "/4", "/5"].map((path) => client.fetch(`${api}/api${path}`)),
    );
    const refusal = await client.fetch("https://stranger.example/").catch((error) => error);
    client.close();
    return {
        statuses: responses.map(({ status }) => status),
        refusal: refusal instanceof EvertokenError && refusal.code,
    };
}
