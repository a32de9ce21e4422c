// The vector file for URLs, which every language runs; `core/vectors/README.md` says what its rows mean.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { PACKAGE, ROOT } from "../hosts/bundle.mjs";

const evertoken = await import(pathToFileURL(join(PACKAGE, "index.js")));
const { version, grants, requests, accounts, ...others } = JSON.parse(
    await readFile(join(ROOT, "core/vectors/urls.json"), "utf8"),
);

const FIELDS = {
    grants: ["provider", "variables", "surface", "endpoint", "api", "resolved"],
    requests: ["grant", "text", "url", "accept", "refused", "fix", "why"],
    accounts: ["provider", "variables", "base", "refused", "fix"],
};
const CREDENTIALS = { clientId: "vector-client", clientSecret: "vector-secret-5a1f" };
const TOKEN = "vector-token-77c1";

/** Makes the provider of a row as a user does. */
function provider({ provider: name, variables = {}, surface = "storefront", endpoint, api }) {
    const { account = "", url = "", backend_prefix: backendPrefix } = variables;
    const to = endpoint === undefined ? {} : { endpoint };
    switch (name) {
        case "piwik_pro":
            return evertoken.piwikPro(account, { ...to, ...CREDENTIALS });
        case "didomi":
            return evertoken.didomi({ key: "vector-key", secret: "vector-secret-5a1f", ...to });
        case "oro_commerce":
            return evertoken.oroCommerce(url, { surface, ...(backendPrefix && { backendPrefix }), ...CREDENTIALS });
        case "oro_platform":
            return evertoken.oroPlatform(url, CREDENTIALS);
        case "oauth2":
            return evertoken.oauth2(endpoint, { api: apiOf(api), ...CREDENTIALS });
        case "broker":
            return evertoken.broker(endpoint, { api: apiOf(api) });
        case "fixed":
            return evertoken.fixed(TOKEN, { api: apiOf(api) });
        default:
            throw new Error(`no provider is named ${name}`);
    }
}

/** Makes where the token of a row may go: a URL, or the API half of a built-in provider. */
function apiOf(api) {
    if (typeof api === "string") {
        return api;
    }
    const { url, account } = api.variables ?? {};
    switch (api.provider) {
        case "piwik_pro":
            return evertoken.piwikPro.api(account);
        case "didomi":
            return evertoken.didomi.api();
        case "oro_commerce":
            return evertoken.oroCommerce.api(url, { surface: api.surface });
        case "oro_platform":
            return evertoken.oroPlatform.api(url);
        default:
            throw new Error(`${api.provider} has no API of its own`);
    }
}

/** A client of a row's grant, whose calls of the API are kept; whatever asks for a token gets one. */
function client(row) {
    const sent = [];
    const made = evertoken.createClient({
        provider: provider(row),
        fetch: async (input, init) => {
            const request = new Request(input, init);
            if (request.headers.get("authorization") === `Bearer ${TOKEN}`) {
                sent.push(request);
                return new Response("{}");
            }
            return Response.json({ access_token: TOKEN, token_type: "Bearer", expires_in: 3600 });
        },
    });
    return { sent, made };
}

/** Expects a refusal, in whichever way a row's client is asked. */
function refused(row, ask) {
    return assert.rejects(
        async () => ask(),
        (error) => {
            assert.ok(error instanceof evertoken.ConfigurationError, String(error));
            assert.equal(error.code, row.refused);
            assert.ok(error.fix.includes(row.fix ?? ""), `${error.fix} does not say ${row.fix}`);
            return true;
        },
    );
}

test("the file has the known version and no unknown field", () => {
    assert.equal(version, 1);
    assert.deepEqual(others, {});
    for (const [part, rows] of Object.entries({ grants: Object.values(grants), requests, accounts })) {
        const unknown = rows.flatMap(Object.keys).filter((field) => !FIELDS[part].includes(field));
        assert.deepEqual(unknown, [], part);
    }
    assert.ok(requests.length >= 60);
    assert.ok(accounts.length >= 30);
});

describe("a text makes the URL of its row, which is what is sent", () => {
    for (const row of requests.filter((row) => row.url !== undefined)) {
        test(`${row.grant} ${JSON.stringify(row.text)}`, async () => {
            const { sent, made } = client(grants[row.grant]);
            assert.equal(await made.url(row.text), row.url);
            assert.equal(await made.url(row.url), row.url, "a URL that was made is made again");
            await made.fetch(row.text);
            await made.fetch(new URL(row.url));
            await made.fetch(new Request(row.url));
            assert.deepEqual(
                sent.map((request) => request.url),
                [row.url, row.url, row.url],
            );
        });
    }
});

describe("a text is refused as its row says, and nothing is sent", () => {
    for (const row of requests.filter((row) => row.refused !== undefined)) {
        test(`${row.grant} ${JSON.stringify(row.text)}`, async () => {
            const { sent, made } = client(grants[row.grant]);
            await refused(row, () => made.url(row.text));
            await refused(row, () => made.fetch(row.text));
            if (URL.canParse(row.text)) {
                await refused(row, () => made.fetch(new URL(row.text)));
            }
            assert.deepEqual(sent, []);
        });
    }
});

describe("the media types are those of the path, and the user's own stand", () => {
    for (const row of requests.filter((row) => row.url !== undefined && row.accept !== undefined)) {
        test(`${row.grant} ${JSON.stringify(row.text)}`, async () => {
            const { sent, made } = client(grants[row.grant]);
            await made.fetch(row.text, { method: "POST", json: {} });
            await made.fetch(row.text, { method: "POST", json: {}, headers: { ACCEPT: "text/csv", "content-type": "text/plain" } });
            const types = sent.map(({ headers }) => [headers.get("accept"), headers.get("content-type")]);
            assert.deepEqual(types, [
                [row.accept, row.accept ?? "application/json"],
                ["text/csv", "text/plain"],
            ]);
        });
    }
});

describe("an account is read as its row says", () => {
    for (const row of accounts) {
        test(`${row.provider} ${JSON.stringify(row.variables)}`, async () => {
            const path = row.provider === "piwik_pro" ? "/x" : "/api/x";
            if (row.refused === undefined) {
                assert.equal(await client(row).made.url(path), `${row.base}${path}`);
            } else {
                await refused(row, () => client(row).made.url(path));
            }
        });
    }
});
