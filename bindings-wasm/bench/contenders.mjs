// Ours and the peers', each set up as its own documentation says.
//
// A contender is opened with where the server is, and gives `header()`, the value for an API call, and `call(url, init)`, if it brings a wrapper of
// fetch. Libraries without a cache get the one that people write beside them: a variable, renewed so many seconds early.

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfidentialClientApplication } from "@azure/msal-node";
import { OAuth2Client, OAuth2Fetch } from "@badgateway/oauth2-client";
import * as oauth4webapi from "oauth4webapi";
import * as openid from "openid-client";
import { ClientCredentials } from "simple-oauth2";
import { PACKAGE } from "../tests/hosts/bundle.mjs";

const { createClient, oauth2 } = await import(pathToFileURL(join(PACKAGE, "index.js")).href);

/** `leewayMs` is how early a cache by hand renews; `fetch` is what calls of the API and token requests go through. */
export const CONTENDERS = {
    evertoken(server) {
        const client = createClient({
            provider: oauth2(server.token, { clientId: server.id, clientSecret: server.secret, api: server.api }),
            fetch: server.fetch,
        });
        return {
            header: async () => (await client.headers()).Authorization,
            cached: () => client.cachedHeaders(),
            headers: () => client.headers(),
            call: client.fetch,
            close: () => client.close(),
        };
    },

    "@badgateway/oauth2-client"(server) {
        const client = new OAuth2Client({
            tokenEndpoint: server.token,
            clientId: server.id,
            clientSecret: server.secret,
            fetch: server.fetch,
        });
        const wrapper = new OAuth2Fetch({ client, getNewToken: () => client.clientCredentials() });
        return {
            header: async () => `Bearer ${await wrapper.getAccessToken()}`,
            call: (input, init) => wrapper.fetch(input, init),
        };
    },

    oauth4webapi(server) {
        const as = { issuer: new URL(server.token).origin, token_endpoint: server.token };
        const client = { client_id: server.id };
        const options = { [oauth4webapi.allowInsecureRequests]: true, [oauth4webapi.customFetch]: server.fetch ?? globalThis.fetch };
        const token = byHand(server, async () => {
            const proof = oauth4webapi.ClientSecretPost(server.secret);
            const response = await oauth4webapi.clientCredentialsGrantRequest(as, client, proof, {}, options);
            return oauth4webapi.processClientCredentialsResponse(as, client, response);
        });
        const { protectedResourceRequest } = oauth4webapi;
        return {
            header: async () => `Bearer ${await token()}`,
            call: async (input, { method = "GET", headers, body } = {}) =>
                protectedResourceRequest(await token(), method, new URL(input), new Headers(headers), body, options),
        };
    },

    "openid-client"(server) {
        const config = new openid.Configuration(
            { issuer: new URL(server.token).origin, token_endpoint: server.token },
            server.id,
            server.secret,
        );
        openid.allowInsecureRequests(config);
        config[openid.customFetch] = server.fetch ?? globalThis.fetch;
        const token = byHand(server, () => openid.clientCredentialsGrant(config));
        return {
            header: async () => `Bearer ${await token()}`,
            call: async (input, { method = "GET", headers, body } = {}) =>
                openid.fetchProtectedResource(config, await token(), new URL(input), method, body, new Headers(headers)),
        };
    },

    "simple-oauth2"(server) {
        const { origin, pathname } = new URL(server.token);
        const client = new ClientCredentials({
            client: { id: server.id, secret: server.secret },
            auth: { tokenHost: origin, tokenPath: pathname },
        });
        let token;
        return {
            header: async () => {
                if (token === undefined || token.expired(server.leewayMs / 1000)) {
                    token = await client.getToken({});
                }
                return `Bearer ${token.token.access_token}`;
            },
        };
    },

    "@azure/msal-node"(server) {
        const application = new ConfidentialClientApplication({
            auth: {
                clientId: server.id,
                clientSecret: server.secret,
                authority: "https://login.example/tenant",
                knownAuthorities: ["login.example"],
                protocolMode: "OIDC",
            },
            system: { networkClient: discovered(server) },
        });
        return {
            header: async () => `Bearer ${(await application.acquireTokenByClientCredential({ scopes: ["read"] })).accessToken}`,
        };
    },

    "hand-written"(server) {
        const fetch = server.fetch ?? globalThis.fetch;
        const body = new URLSearchParams({
            grant_type: "client_credentials",
            client_id: server.id,
            client_secret: server.secret,
        });
        let rejected;
        const token = byHand(server, async () => (await fetch(server.token, { method: "POST", body })).json(), () => rejected);
        const send = async (input, init) => {
            const used = await token();
            return [used, await fetch(input, { ...init, headers: { ...init?.headers, Authorization: `Bearer ${used}` } })];
        };
        return {
            header: async () => `Bearer ${await token()}`,
            call: async (input, init) => {
                const [used, response] = await send(input, init);
                if (response.status !== 401) {
                    return response;
                }
                rejected = used;
                return (await send(input, init))[1];
            },
        };
    },
};

/** The cache that people write: no lock, renewed early. */
function byHand({ leewayMs }, request, rejected = () => undefined) {
    let token;
    let until = 0;
    return async () => {
        if (token === undefined || Date.now() > until - leewayMs || token === rejected()) {
            const { access_token, expires_in } = await request();
            if (access_token === undefined) {
                throw new Error("no token");
            }
            token = access_token;
            until = Date.now() + expires_in * 1000;
        }
        return token;
    };
}

/** msal speaks to a discovered https endpoint; here it is the server that all speak to. */
function discovered(server) {
    const known = {
        issuer: "https://login.example/tenant",
        token_endpoint: "https://login.example/tenant/token",
        authorization_endpoint: "https://login.example/tenant/authorize",
        jwks_uri: "https://login.example/tenant/keys",
    };
    return {
        sendGetRequestAsync: async () => ({ status: 200, headers: {}, body: known }),
        sendPostRequestAsync: async (_url, { headers, body }) => {
            const response = await fetch(server.token, { method: "POST", headers, body });
            return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.json() };
        },
    };
}
