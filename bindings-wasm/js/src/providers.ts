import brokerDescriptor from "../../../core/providers/broker.json";
import didomiDescriptor from "../../../core/providers/didomi.json";
import fixedDescriptor from "../../../core/providers/fixed.json";
import oauth2Descriptor from "../../../core/providers/oauth2.json";
import oroCommerceDescriptor from "../../../core/providers/oro_commerce.json";
import oroPlatformDescriptor from "../../../core/providers/oro_platform.json";
import piwikProDescriptor from "../../../core/providers/piwik_pro.json";
import type {
    Api,
    ApiHalf,
    BrokerOptions,
    ClientCredentials,
    Credentials,
    CustomOptions,
    DidomiOptions,
    OAuth2Options,
    OroSurface,
    PiwikProOptions,
    Provider,
} from "../types/index.js";
import { renamed, snake } from "./casing.js";
import { refused } from "./errors.js";
import { known } from "./options.js";

/** What a provider function has collected, as the glue reads it. */
export interface GrantOptions {
    readonly descriptor: string;
    readonly variables?: Readonly<Record<string, string>> | undefined;
    readonly endpoint?: string | undefined;
    readonly client_id?: string | undefined;
    readonly scopes?: readonly string[] | undefined;
    readonly audience?: string | undefined;
    readonly resource?: string | undefined;
    readonly parameters?: Readonly<Record<string, string>> | undefined;
    readonly surface?: string | undefined;
    readonly api?: string | GrantOptions | undefined;
    readonly client_auth?: string | undefined;
    readonly body?: string | undefined;
}

/** All that a client has to know of a provider. */
export interface Internals {
    readonly grant: GrantOptions;
    readonly credentials?: Credentials | undefined;
    readonly cookies?: BrokerOptions["credentials"];
    readonly headers?: BrokerOptions["headers"];
    /** It needs a secret, which a public page cannot keep. */
    readonly isSecret: boolean;
}

// Of the registry of symbols, so that the CommonJS and the ESM build know each other's providers; behind a function, so
// that nothing shows what it holds.
const INTERNALS = Symbol.for("evertoken.provider");

interface Descriptor {
    readonly name?: unknown;
}

function provider(
    descriptor: Descriptor | string,
    internals: Omit<Internals, "grant">,
    grant: Omit<GrantOptions, "descriptor">,
): Provider {
    const isText = typeof descriptor === "string";
    const given = Object.entries(grant).filter(([, value]) => value !== undefined);
    const text = isText ? descriptor : JSON.stringify(descriptor);
    const known: Internals = { ...internals, grant: { ...Object.fromEntries(given), descriptor: text } };
    const made = { name: !isText && typeof descriptor.name === "string" ? descriptor.name : "custom" };
    Object.defineProperty(made, INTERNALS, { value: () => known });
    return Object.freeze(made);
}

/** Opens what `broker` and its siblings have made. */
export function internalsOf(made: Provider | ApiHalf | undefined): Internals {
    const open: unknown = made === undefined || made === null ? undefined : Reflect.get(Object(made), INTERNALS);
    if (typeof open !== "function") {
        throw refused("provider: was not made by this package", "Make it with broker, piwikPro or one of their siblings.");
    }
    return open() as Internals;
}

/** A path is one of the page's own server. */
function absolute(url: string | URL): string {
    const page = (globalThis as { readonly location?: { readonly href?: string } }).location?.href;
    const text = String(url);
    try {
        return page === undefined || /^[a-z][a-z0-9+.-]*:/i.test(text) ? text : new URL(text, page).href;
    } catch {
        return text;
    }
}

function apiOf(api: Api | undefined): string | GrantOptions | undefined {
    if (api === undefined) {
        return undefined;
    }
    return typeof api === "string" || api instanceof URL ? absolute(api) : internalsOf(api).grant;
}

function client({ clientId, clientSecret, credentials }: ClientCredentials): Credentials {
    return either(renamed(credentials, snake), { client_id: clientId, client_secret: clientSecret });
}

function either(credentials: Credentials | undefined, named: Record<string, string | undefined>): Credentials {
    const given = Object.entries(named).filter(([, value]) => value !== undefined);
    if (credentials === undefined) {
        return Object.fromEntries(given) as Record<string, string>;
    }
    if (given.length > 0) {
        const names = given.map(([name]) => name).join(" and ");
        throw refused(`credentials: are given twice`, `Give either credentials or ${names}.`);
    }
    return credentials;
}

function half(descriptor: Descriptor, grant: Omit<GrantOptions, "descriptor">): ApiHalf {
    return provider(descriptor, { isSecret: false }, grant);
}

const CLIENT = "clientId clientSecret credentials";
const SURFACE = "surface backendPrefix";

export function broker(url: string | URL, options: BrokerOptions): Provider {
    const { api, credentials, headers } = known("broker", options, "api credentials headers");
    const grant = { endpoint: absolute(url), api: apiOf(api) };
    return provider(brokerDescriptor, { isSecret: false, cookies: credentials, headers }, grant);
}

export const piwikPro = /* @__PURE__ */ Object.assign(
    (account: string, options: PiwikProOptions = {}): Provider => {
        const { endpoint } = known("piwikPro", options, `${CLIENT} endpoint`);
        const grant = { variables: { account }, endpoint };
        return provider(piwikProDescriptor, { isSecret: true, credentials: client(options) }, grant);
    },
    {
        api(account: string, options: { readonly endpoint?: string } = {}): ApiHalf {
            const { endpoint } = known("piwikPro.api", options, "endpoint");
            return half(piwikProDescriptor, { variables: { account }, endpoint });
        },
    },
);

export const didomi = /* @__PURE__ */ Object.assign(
    (options: DidomiOptions = {}): Provider => {
        const { key, secret, credentials, endpoint } = known("didomi", options, "key secret credentials endpoint");
        const secrets = either(credentials, { key, secret });
        return provider(didomiDescriptor, { isSecret: true, credentials: secrets }, { endpoint });
    },
    {
        api(options: { readonly endpoint?: string } = {}): ApiHalf {
            return half(didomiDescriptor, known("didomi.api", options, "endpoint"));
        },
    },
);

function oroGrant(url: string, { surface, backendPrefix }: OroSurface): Omit<GrantOptions, "descriptor"> {
    const variables = backendPrefix === undefined ? { url } : { url, backend_prefix: backendPrefix };
    return { variables, surface };
}

export const oroCommerce = /* @__PURE__ */ Object.assign(
    (url: string, options: OroSurface & ClientCredentials): Provider =>
        provider(
            oroCommerceDescriptor,
            { isSecret: true, credentials: client(known("oroCommerce", options, `${CLIENT} ${SURFACE}`)) },
            oroGrant(url, options),
        ),
    {
        api: (url: string, options: OroSurface): ApiHalf =>
            half(oroCommerceDescriptor, oroGrant(url, known("oroCommerce.api", options, SURFACE))),
    },
);

export const oroPlatform = /* @__PURE__ */ Object.assign(
    (url: string, options: ClientCredentials = {}): Provider =>
        provider(
            oroPlatformDescriptor,
            { isSecret: true, credentials: client(known("oroPlatform", options, CLIENT)) },
            { variables: { url } },
        ),
    {
        api: (url: string): ApiHalf => half(oroPlatformDescriptor, { variables: { url } }),
    },
);

export function oauth2(endpoint: string | URL, options: OAuth2Options): Provider {
    const names = `${CLIENT} api scopes audience resource clientAuth body parameters`;
    const { api, scopes, audience, resource, clientAuth, body, parameters } = known("oauth2", options, names);
    const grant = {
        endpoint: absolute(endpoint),
        api: apiOf(api),
        scopes,
        audience,
        resource,
        client_auth: clientAuth,
        body,
        parameters,
    };
    return provider(oauth2Descriptor, { isSecret: true, credentials: client(options) }, grant);
}

export function custom(descriptor: object | string, options: CustomOptions = {}): Provider {
    const names = "variables surface api credentials clientId scopes audience resource endpoint";
    const { credentials, api, clientId, ...grant } = known("custom", options, names);
    const internals = { isSecret: credentials !== undefined, credentials };
    return provider(descriptor, internals, { ...grant, client_id: clientId, api: apiOf(api) });
}

export function fixed(token: string, options: { readonly api: Api }): Provider {
    const { api } = known("fixed", options, "api");
    return provider(fixedDescriptor, { isSecret: false, credentials: { token } }, { api: apiOf(api) });
}
