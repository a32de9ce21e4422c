import { Control } from "./control.mjs";

/** A custom provider like the sandbox's plain OAuth 2 server, whose token goes into a header of another name. */
const OTHER_HEADER = {
    version: 1,
    name: "other_header",
    title: "a server with a header of its own",
    variables: { base: { kind: "base_url", label: "URL of the server" } },
    credentials: [
        { name: "client_id", label: "client ID", identity: true },
        { name: "client_secret", label: "client secret" },
    ],
    response: {
        token: { pointer: "/access_token" },
        lifetime: [{ field: { pointer: "/expires_in", unit: "seconds" } }],
    },
    errors: { code: ["/error"], description: ["/error_description"] },
};

/** What a case gets to work with. */
export class World {
    #clients = [];
    /** What failed already is what the test should say. */
    hasFailed = false;

    /** `place` is what the test told: host, start line of the sandbox, origin of the pages' server. */
    constructor(place, evertoken, slim, context) {
        this.place = place;
        this.host = place.host;
        this.isBrowser = place.isBrowser;
        this.evertoken = evertoken;
        this.slim = slim;
        this.context = context;
        this.control = new Control(place.line);
    }

    get secret() {
        return this.place.line.keys.oauth2.secret;
    }

    /** The plain OAuth 2 server's API. */
    get api() {
        return `${this.place.line.oauth2.http}/api`;
    }

    /** The plain OAuth 2 server as a provider, for tokens in `Authorization`. */
    provider(options = {}, scheme = "http") {
        const { id, secret } = this.place.line.keys.oauth2;
        const origin = this.place.line.oauth2[scheme];
        return this.evertoken.oauth2(`${origin}/oauth2/token`, {
            api: `${origin}/api`,
            ...(options.credentials === undefined && { clientId: id, clientSecret: secret }),
            ...options,
        });
    }

    /** The same, for tokens in a header of another name. */
    providerOfOtherHeader() {
        const { id, secret } = this.place.line.keys.oauth2;
        const form = {
            grant_type: "client_credentials",
            client_id: "{client_id}",
            client_secret: "{client_secret}",
        };
        const descriptor = {
            ...OTHER_HEADER,
            request: { url: "{base}/oauth2/token", body: { form } },
            api: {
                base_url: "{base}",
                surfaces: [{ name: "api", path: "/api" }],
                header: { name: "X-Sandbox-Token", prefix: "" },
            },
        };
        return this.evertoken.custom(descriptor, {
            variables: { base: this.place.line.oauth2.http },
            surface: "api",
            credentials: { client_id: id, client_secret: secret },
        });
    }

    /** A client of the plain OAuth 2 server or of `provider`, closed after the case; in workerd with `waitUntil`. */
    client(options = {}) {
        const { createClient = this.evertoken.createClient, provider = this.provider(), ...rest } = options;
        const waitUntil = this.context && { waitUntil: (promise) => this.context.waitUntil(promise) };
        const client = createClient({ provider, dangerouslyAllowBrowser: true, tabs: false, ...waitUntil, ...rest });
        this.#clients.push(client);
        return client;
    }

    /** A `fetch` that keeps a list of what it was called with. */
    recorder(send = globalThis.fetch.bind(globalThis)) {
        const sent = [];
        const recorder = (...args) => {
            sent.push(args);
            return send(...args);
        };
        return Object.assign(recorder, { sent });
    }

    /** Whether a recorded call is the token request. */
    isTokenRequest([input]) {
        return String(input.url ?? input).endsWith("/oauth2/token");
    }

    /** The wasm's bytes, as a page would load them. */
    async wasm() {
        return (await fetch(`${this.place.server}/package/evertoken.wasm`)).arrayBuffer();
    }

    end() {
        for (const client of this.#clients) {
            try {
                client.close();
            } catch (error) {
                if (!this.hasFailed) {
                    throw error;
                }
            }
        }
    }
}
