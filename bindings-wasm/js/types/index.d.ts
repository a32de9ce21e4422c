/// <reference lib="esnext.disposable" />

import type { Policy } from "./policy.js";

export type { Policy };

/** What exactly failed; the same in every language. */
export type ErrorCode =
    | "account_refused"
    | "answer_too_large"
    | "attempt_deadline"
    | "cancelled"
    | "closed"
    | "credentials_rejected"
    | "deadline"
    | "invalid_account"
    | "invalid_descriptor"
    | "invalid_endpoint"
    | "invalid_lifetime"
    | "invalid_option"
    | "invalid_token"
    | "malformed_answer"
    | "missing_credentials"
    | "missing_token"
    | "misuse"
    | "network_or_cors"
    | "origin_not_allowed"
    | "redirect_refused"
    | "reentrant"
    | "request_refused"
    | "server_error"
    | "throttled"
    | "token_dead_on_arrival"
    | "token_rejected_again"
    | "transport_failed";

/** The kind of failure, which decides what a client does next. */
export type ErrorClass =
    | "account"
    | "cancelled"
    | "configuration"
    | "credentials"
    | "deadline"
    | "protocol"
    | "throttled"
    | "transient"
    | "transport";

/** What happened to a token. */
export type EventType =
    | "abandoned"
    | "adopted"
    | "clock_stepped"
    | "credentials_changed"
    | "expired"
    | "failed"
    | "granted"
    | "invalidated"
    | "paused"
    | "rejected"
    | "reset"
    | "same_token"
    | "started";

/**
 * Says why there is no token, and what to do about it; never a secret.
 *
 * Failures of the call of the API itself stay what `fetch` makes of them.
 */
export declare class EvertokenError extends Error {
    protected constructor();
    /** What exactly failed, such as `credentials_rejected`. */
    readonly code: ErrorCode;
    /** The kind of failure, which decides what the client does next. */
    readonly errorClass: ErrorClass;
    /** The same call may succeed later without a change by the user. */
    readonly retryable: boolean;
    /** When the client itself asks again, if it is paused. */
    readonly retryAt?: Date;
    /** What to do about it, on one line. */
    readonly fix: string;
    /** What is known beyond the code, on one line. */
    readonly description?: string;
    /** The HTTP status of the token endpoint's answer, if there was one. */
    readonly status?: number;
    /** The server's own error code, such as `invalid_client`. */
    readonly providerCode?: string;
    /** What the platform or a function of yours threw, if that is behind it. */
    readonly cause?: unknown;
}

/** Something about the set-up is wrong: an option, an endpoint, a URL. */
export declare class ConfigurationError extends EvertokenError {}
/** The token endpoint does not accept the credentials. */
export declare class CredentialsError extends EvertokenError {}
/** The account has no licence or is disabled. */
export declare class AccountError extends EvertokenError {}
/** The token endpoint asks for fewer requests. */
export declare class ThrottledError extends EvertokenError {}
/** The token endpoint fails for a while. */
export declare class TransientError extends EvertokenError {}
/** The token endpoint's answer is not what the provider's descriptor says. */
export declare class ProtocolError extends EvertokenError {}
/** No answer came: the network, a certificate, or a CORS refusal. */
export declare class TransportError extends EvertokenError {}
/** The client was logged out while the call waited. */
export declare class CancelledError extends EvertokenError {}
/** No token came within the call's patience. */
export declare class DeadlineError extends EvertokenError {}

/** Why a token request is sent. */
export type Reason = "absent" | "credentials_changed" | "min_valid" | "rejected" | "retry" | "wall_step" | "window";

/** Something that happened; numbers and codes, nothing secret. Which members are there depends on `type`. */
export interface EvertokenEvent {
    readonly type: EventType;
    /** Counts the tokens of this client. */
    readonly generation?: number;
    /** Counts its token requests. */
    readonly attempt?: number;
    /** `granted`: the token's lifetime. */
    readonly lifetimeMs?: number;
    /** `granted`: it came from an attempt that was given up before. */
    readonly late?: boolean;
    /** `started`: why a token request is sent. */
    readonly reason?: Reason;
    /** `failed`: why. */
    readonly error?: EvertokenError;
    /** `failed`: a valid token is held, so no caller notices. */
    readonly served?: boolean;
    /** `paused`: no token request is sent before. */
    readonly until?: Date;
    /** `clock_stepped`: how much further than the monotonic clock the wall clock moved. */
    readonly wallMs?: number;
    /** `clock_stepped`: how far the monotonic clock ran backwards. */
    readonly monoBackMs?: number;
    /** `reset`: how the client started over. */
    readonly reset?: "close" | "fork" | "logout";
}

/** A moment on both clocks, in milliseconds: `mono` counts from any fixed point, `wall` is Unix time. */
export interface Instant {
    readonly mono: number;
    readonly wall: number;
}

/** What a client holds, does and will do next; nothing secret. `String(explanation)` says it in words. Times are from now on. */
export interface Explanation {
    readonly token: null | {
        /** Counts the tokens of this client. */
        readonly generation: number;
        /** Fresh, in the window where a refresh begins, in the last part where callers wait a little for it, withheld after a rejection, or rejected. */
        readonly zone: "fresh" | "window" | "hard" | "withheld" | "rejected";
        readonly lifetimeMs: number;
        /** When a refresh begins that nobody waits for. */
        readonly refreshInMs: number;
        /** From then on callers wait a little for a refresh that runs. */
        readonly hardInMs: number;
        readonly expiresInMs: number;
    };
    /** What is done about the token endpoint. */
    readonly flight: {
        readonly state: "idle" | "in_flight" | "paused";
        /** Why a request is on its way. */
        readonly reason?: Reason;
        /** Why no request is sent. */
        readonly why?: "abandoned" | "same_token" | "single_use" | "terminal" | "transient";
        /** When the attempt counts as failed, or the pause is over. */
        readonly endsInMs?: number;
        /** The failure behind a pause. */
        readonly error?: ErrorCode;
    };
    /** How many callers wait. */
    readonly waiting: number;
    /** Token requests so far. */
    readonly requests: number;
    /** Tokens so far. */
    readonly tokens: number;
    toString(): string;
}

/** Tells a client the time, draws its random numbers and wakes it; a test hook. */
export interface Clock {
    /** Returns monotonic and Unix milliseconds; the first never runs backwards. */
    now(): Instant;
    /** Returns an unsigned number of 64 bits, which spreads refreshes and pauses. */
    entropy(): bigint;
    /** Calls back in `ms` milliseconds; returns what cancels it. A `background` timer keeps no process alive. */
    setTimer(ms: number, callback: () => void, background?: boolean): () => void;
}

/** Credentials by their names: `client_id` and `client_secret`, also as `clientId` and `clientSecret`; `key` and `secret` for Didomi. */
export type Secrets = Readonly<Record<string, string>>;

/** Credentials, or a function that returns those of now and is asked for each token request. */
export type Credentials = Secrets | (() => Secrets | Promise<Secrets>);

/** Who hands out the tokens; made by `broker`, `piwikPro` and their siblings. */
export interface Provider {
    /** The provider's name, such as `piwik_pro`. */
    readonly name: string;
}

/** Where a token may go, in which header, and which answers reject it; made by `piwikPro.api` and its siblings. */
export interface ApiHalf {
    readonly name: string;
}

/** The API that a token is for: a URL, or the API half of a built-in provider. */
export type Api = string | URL | ApiHalf;

/** The name and the secret of a client; left out, the environment variables of the provider are read where there are any. */
export interface ClientCredentials {
    /** Names the client; goes with `clientSecret`, not beside `credentials`. */
    readonly clientId?: string;
    /** Is refused in a page, where everybody could read it: see `dangerouslyAllowBrowser`. */
    readonly clientSecret?: string;
    /** Both, or a function that returns both and is asked for each token request. */
    readonly credentials?: Credentials;
}

/** What `broker` needs to know beside its URL. */
export interface BrokerOptions {
    /** Where its tokens may go. */
    readonly api: Api;
    /** Whether the page's cookies go along; only to the page's own origin unless it is `include`. */
    readonly credentials?: "omit" | "same-origin" | "include";
    /**
     * Headers of the token request, such as the session's or a CSRF token, or a function that is asked each time and
     * told why; of a `rejected` token the broker may want to know.
     */
    readonly headers?: HeaderSource | ((request: { readonly reason: Reason }) => HeaderSource | Promise<HeaderSource>);
}

/** Headers as `fetch` takes them. */
export type HeaderSource = NonNullable<RequestInit["headers"]>;

/**
 * Describes a server of yours that keeps the secret and hands out tokens: what a public page should use.
 *
 * It is asked by POST with an empty body and answers as RFC 6749 section 5.1 says, with the *remaining* `expires_in`.
 * `url` may be relative to the page.
 */
export declare function broker(url: string | URL, options: BrokerOptions): Provider;

/** How a Piwik PRO account is asked. */
export interface PiwikProOptions extends ClientCredentials {
    /** Another address than the account's, for a test server. */
    readonly endpoint?: string;
}

/** Describes a Piwik PRO account by its host name, such as `acme.piwik.pro`; reads `PIWIK_PRO_CLIENT_ID` and `PIWIK_PRO_CLIENT_SECRET`. */
export declare const piwikPro: {
    (account: string, options?: PiwikProOptions): Provider;
    /** The API alone, for tokens that another server hands out. */
    api(account: string, options?: { readonly endpoint?: string }): ApiHalf;
};

/** How Didomi is asked. */
export interface DidomiOptions {
    /** The private API key; left out, `DIDOMI_API_KEY`. */
    readonly key?: string;
    /** Its secret; left out, `DIDOMI_API_SECRET`. Is refused in a page: see `dangerouslyAllowBrowser`. */
    readonly secret?: string;
    /** `key` and `secret`, or a function that returns both and is asked for each token request. */
    readonly credentials?: Credentials;
    /** Another address than `https://api.didomi.io`, for a test server. */
    readonly endpoint?: string;
}

/** Describes Didomi's API; reads `DIDOMI_API_KEY` and `DIDOMI_API_SECRET`. */
export declare const didomi: {
    (options?: DidomiOptions): Provider;
    /** The API alone, for tokens that another server hands out. */
    api(options?: { readonly endpoint?: string }): ApiHalf;
};

/** Which of OroCommerce's two APIs. */
export interface OroSurface {
    /** `back_office` (`/admin/api`) or `storefront` (`/api`); the tokens of one do not open the other. */
    readonly surface: "back_office" | "storefront";
    /** The application's own back-office prefix, if it is not `admin`. */
    readonly backendPrefix?: string;
}

/** Describes an OroCommerce application by its URL; reads `ORO_CLIENT_ID` and `ORO_CLIENT_SECRET`. */
export declare const oroCommerce: {
    (url: string, options: OroSurface & ClientCredentials): Provider;
    /** One of the two APIs alone, for tokens that another server hands out. */
    api(url: string, options: OroSurface): ApiHalf;
};

/** Describes an OroPlatform or OroCRM application, without a storefront. */
export declare const oroPlatform: {
    (url: string, options?: ClientCredentials): Provider;
    /** The API alone, for tokens that another server hands out. */
    api(url: string): ApiHalf;
};

/** How an OAuth 2 server is asked, and for what. */
export interface OAuth2Options extends ClientCredentials {
    /** Where its tokens may go. */
    readonly api: Api;
    /** What the token shall be good for; left out, what the server gives by default. */
    readonly scopes?: readonly string[];
    /** The parameter `audience`, which some servers want. */
    readonly audience?: string;
    /** The parameter `resource` (RFC 8707). */
    readonly resource?: string;
    /** HTTP Basic as RFC 6749 section 2.3.1 says (the default), Basic of the raw texts, or both in the body. */
    readonly clientAuth?: "basic" | "basic_raw" | "body";
    /** How the request's body is written; `form` is the default. */
    readonly body?: "form" | "json";
    /** Further parameters of the body. */
    readonly parameters?: Readonly<Record<string, string>>;
}

/** Describes the client-credentials grant of any OAuth 2 server (RFC 6749 section 4.4). */
export declare function oauth2(endpoint: string | URL, options: OAuth2Options): Provider;

/** What a descriptor leaves open. */
export interface CustomOptions {
    /** Values of the descriptor's `variables`, by name. */
    readonly variables?: Readonly<Record<string, string>>;
    /** One of the descriptor's `api.surfaces`, if it has any. */
    readonly surface?: string;
    /** Where its tokens may go, if not where the descriptor says. */
    readonly api?: Api;
    /** Values of the descriptor's `credentials`, by name; left out, its environment variables. */
    readonly credentials?: Credentials;
    /** The client's id, where it is not among the credentials. */
    readonly clientId?: string;
    /** What the token shall be good for. */
    readonly scopes?: readonly string[];
    /** Whom the token is for. */
    readonly audience?: string;
    /** The resource that the token is for (RFC 8707). */
    readonly resource?: string;
    /** Another address than the descriptor's, for a test server. */
    readonly endpoint?: string;
}

/** Describes any "post your key, get a token" endpoint by a provider descriptor: an object, or its JSON text. */
export declare function custom(descriptor: object | string, options?: CustomOptions): Provider;

/** Describes a token that is already there, the test double: no server is asked, and rejections are the caller's. */
export declare function fixed(token: string, options: { readonly api: Api }): Provider;

/** How long a token must still be good for, how long a call may wait for one, and what ends the wait. */
export interface TokenOptions {
    /** For uploads and streams; counts as at most half of the token's lifetime. */
    readonly minValidMs?: number;
    /** Left out, the policy's `patienceMs`. */
    readonly patienceMs?: number;
    /** Ends this caller's wait, and nobody else's, with its reason. */
    readonly signal?: AbortSignal | null;
}

/** A token as a token endpoint answers it (RFC 6749 section 5.1). */
export interface TokenResponse {
    /** The token alone. */
    readonly access_token: string;
    /** The scheme in front of the token, such as `Bearer`. */
    readonly token_type: string;
    /** Whole seconds that are left, 0 for a token that serves once. */
    readonly expires_in: number;
}

/** What a client is made of. */
export interface ClientOptions {
    /** Who hands out the tokens, and where they may go. */
    readonly provider: Provider;
    /**
     * Sends the calls and the token requests; `globalThis.fetch`, looked up at each of them, unless given. Calls reach it as they
     * were made, token requests as the text of a URL and an init. Outside of browsers calls say `redirect: "manual"` unless they
     * ask for something else: redirects are followed for it, so that no token goes along to another origin.
     */
    readonly fetch?: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
    /** Numbers of the policy that shall not be the default. */
    readonly policy?: Partial<Policy>;
    /**
     * Shares tokens with other tabs of the origin, in memory; on where Web Locks and BroadcastChannel are there.
     * A text says whose session it is: only tabs with the same one share.
     */
    readonly tabs?: boolean | string;
    /** Keeps a refresh alive when the request ends that began it: `(promise) => ctx.waitUntil(promise)` in a worker of Cloudflare's. */
    readonly waitUntil?: (promise: Promise<unknown>) => void;
    /** Says that everybody who opens this page may read the secret (RFC 8252 section 8.5); prefer `broker`. */
    readonly dangerouslyAllowBrowser?: boolean;
    /** A test hook. */
    readonly clock?: Clock;
}

/** As `RequestInit`, with a JSON body. */
export interface CallInit extends RequestInit {
    /** A value that is sent as JSON, with the media type that the API wants; by POST unless `method` says otherwise. */
    readonly json?: unknown;
}

/** A client whose calls carry a valid token. All its functions may be passed on without it. */
export interface Client {
    /** What it was made with. */
    readonly provider: Provider;
    /**
     * Calls the API as `fetch` does, with a valid token; once more with another one if the API rejects it.
     *
     * A path is written as the vendor's documentation prints it. URLs outside of the API are refused
     * (`origin_not_allowed`). Rejects with an `EvertokenError` if there is no token, with the signal's own reason if it
     * was aborted, and with whatever `fetch` rejects with if the call fails.
     */
    fetch(input: string | URL | Request, init?: CallInit): Promise<Response>;
    /** Returns the header that carries a valid token, a frozen object of one member. Rejects with an `EvertokenError`. */
    headers(options?: TokenOptions): Promise<Readonly<Record<string, string>>>;
    /** Returns the same at once if a good token is held, for places that cannot wait; begins a refresh that is due. */
    cachedHeaders(): Readonly<Record<string, string>> | undefined;
    /** Returns the token alone. Rejects with an `EvertokenError`. */
    token(options?: TokenOptions): Promise<string>;
    /**
     * Returns a token as a broker hands it out (RFC 6749 section 5.1), with whole seconds that are left of it; send it
     * with `Cache-Control: no-store`. Rejects with an `EvertokenError`.
     */
    tokenResponse(options?: TokenOptions): Promise<TokenResponse>;
    /** Returns the URL that a path stands for. Rejects with `origin_not_allowed` for one outside of the API. */
    url(path: string | URL): Promise<string>;
    /** Drops the held token because the user knows that it is no good; the next call fetches another. */
    invalidate(): void;
    /** Ends a pause after failures, except for one that the server asked for. */
    retry(): void;
    /** Says that the credentials are other ones; a refresh with them starts if the client is in use. */
    credentialsChanged(options?: { readonly credentials?: Credentials; readonly dropToken?: boolean }): void;
    /** Drops the token and everything on its way; a later call fetches another. */
    logout(): void;
    /** Ends the client for good; a second time does nothing. */
    close(): void;
    /** Says what the client holds, does and will do next. */
    explain(): Explanation;
    /** Loads the wasm and checks the options, without a token request; calls do so by themselves. */
    ready(): Promise<void>;
    /** Calls back for each event of a type, `*` for all; returns what ends it, as the signal does. */
    on(
        type: EventType | "*",
        listener: (event: EvertokenEvent) => void,
        options?: { readonly signal?: AbortSignal },
    ): () => void;
    /** As `close`, for `using`. */
    [Symbol.dispose](): void;
}

/** Makes a client; nothing is loaded or sent before its first use. */
export declare function createClient(options: ClientOptions): Client;
