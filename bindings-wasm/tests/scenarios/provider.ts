// A provider of the package, made of what a file says as a user makes it.

import type { ApiHalf, ClientSpec } from "./format.js";

export type Evertoken = typeof import("evertoken");

export function provider(evertoken: Evertoken, spec: ClientSpec) {
    const { url = "", endpoint = "" } = spec;
    switch (spec.provider) {
        case "piwik_pro":
            return evertoken.piwikPro(url, credentials(spec));
        case "didomi":
            return evertoken.didomi(present({ ...spec.credentials, endpoint: spec.url }));
        case "oro_commerce":
            return evertoken.oroCommerce(url, {
                surface: spec.surface as "storefront",
                ...present({ backendPrefix: spec.backend_prefix }),
                ...credentials(spec),
            });
        case "oro_platform":
            return evertoken.oroPlatform(url, credentials(spec));
        case "oauth2":
            return evertoken.oauth2(endpoint, {
                api: api(evertoken, spec.api),
                ...present({ clientAuth: spec.client_auth, body: spec.body, scopes: spec.scopes, audience: spec.audience }),
                ...credentials(spec),
            });
        case "broker":
            return evertoken.broker(endpoint, { api: api(evertoken, spec.api) });
        case "fixed":
            return evertoken.fixed(spec.credentials?.["token"] ?? "", { api: api(evertoken, spec.api) });
        case "custom":
            return evertoken.custom(
                spec.descriptor as Parameters<Evertoken["custom"]>[0],
                present({
                    variables: spec.variables,
                    surface: spec.surface,
                    credentials: spec.credentials,
                    api: spec.api === undefined ? undefined : api(evertoken, spec.api),
                }),
            );
    }
}

/** Where a token may go: a URL, or the API half of a built-in provider. */
function api(evertoken: Evertoken, spec: string | ApiHalf = "") {
    if (typeof spec === "string") {
        return spec;
    }
    const { url = "" } = spec;
    switch (spec.provider) {
        case "piwik_pro":
            return evertoken.piwikPro.api(url);
        case "didomi":
            return evertoken.didomi.api();
        case "oro_commerce":
            return evertoken.oroCommerce.api(url, { surface: spec.surface as "storefront" });
        case "oro_platform":
            return evertoken.oroPlatform.api(url);
        default:
            throw new Error(`${spec.provider} has no API of its own`);
    }
}

/** The usual credentials are options of their own, all others go by their names. */
function credentials({ credentials = {} }: ClientSpec) {
    const { client_id: clientId, client_secret: clientSecret, ...others } = credentials;
    return Object.keys(others).length === 0 ? present({ clientId, clientSecret }) : { credentials };
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** An object without the members that are undefined. */
function present<T extends object>(members: T): Present<T> {
    return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<T>;
}
