// What a page loads of ours and of the peers': the smallest use of each, bundled and minified.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundled, sizes as sizesOf } from "../size/page.mjs";
import { PACKAGE } from "../tests/hosts/bundle.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const ours = (entry) => `import { createClient, broker } from "${join(PACKAGE, entry)}"; globalThis.used = [createClient, broker];`;
const used = (names, from) => `import { ${names} } from "${from}"; globalThis.used = [${names}];`;

const USES = {
    "**evertoken/slim** (wasm, glue, wrapper)": [ours("slim.js"), join(PACKAGE, "evertoken.wasm")],
    "**evertoken** (the wasm inlined)": [ours("index.js")],
    "@badgateway/oauth2-client": [used("OAuth2Client, OAuth2Fetch", "@badgateway/oauth2-client")],
    oauth4webapi: [used("clientCredentialsGrantRequest, processClientCredentialsResponse, ClientSecretPost", "oauth4webapi")],
    "openid-client": [used("Configuration, clientCredentialsGrant", "openid-client")],
    "simple-oauth2": [used("ClientCredentials", "simple-oauth2")],
    "@auth0/auth0-spa-js": [used("Auth0Client", "@auth0/auth0-spa-js")],
    "@azure/msal-browser": [used("PublicClientApplication", "@azure/msal-browser")],
};

export async function sizes() {
    const rows = {};
    for (const [name, [contents, ...files]] of Object.entries(USES)) {
        try {
            const parts = [...(await bundled(contents, here)), ...(await Promise.all(files.map((file) => readFile(file))))];
            rows[name] = sizesOf(parts);
        } catch {
            rows[name] = undefined;
        }
    }
    return rows;
}
