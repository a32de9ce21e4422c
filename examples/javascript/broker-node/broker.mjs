/**
 * Hands out a client's token to pages: POST without a body, answers as RFC 6749 sections 5.1 and 5.2 say.
 *
 * `allows(request)` is your application's own check: who is logged in, and does the request come from your page?
 * `probe` is a cheap call of the API, made once when a page says that its token was rejected. The client finds out by
 * itself whether that is so, so nobody can make it fetch tokens.
 */
export function broker(client, { allows, probe }) {
    let probing;
    return async (request, response) => {
        if (request.method !== "POST") return answer(response, 405, { error: "invalid_request" }, { allow: "POST" });
        if (!allows(request)) return answer(response, 401, { error: "access_denied" });
        try {
            if (request.headers["x-token-rejected"]) {
                probing ??= client.fetch(probe).finally(() => (probing = undefined));
                await (await probing).body?.cancel();
            }
            answer(response, 200, await client.tokenResponse({ minValidMs: A_DAY_MS }));
        } catch (error) {
            // What went wrong and how to mend it is for the server's log; a page can only ask again later.
            console.error(`broker: ${error.message}`);
            const { endsInMs = 1000 } = client.explain().flight;
            const seconds = Math.max(1, Math.ceil(endsInMs / 1000));
            answer(response, 503, { error: "temporarily_unavailable" }, { "retry-after": String(seconds) });
        }
    };
}

/** Counts as half of a token's life at most: a page gets a token that is worth having. */
const A_DAY_MS = 86_400_000;

function answer(response, status, body, headers = {}) {
    response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...headers });
    response.end(JSON.stringify(body));
}
