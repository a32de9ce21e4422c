// The format of a client-level file; `core/scenarios/README.md` says what each member means.

import { KINDS } from "./envelope.js";
import {
    anything, flag, integer, list, map, natural, object, record, text, textOr, textOrNull, word,
    type Of, type Shape,
} from "./shape.js";

/** The client that a step means when it names none. */
export const MAIN = "main";

/** Facts that a platform may hide from its programs. */
export const HIDDEN = ["redirects", "unexposed_headers", "network_errors"] as const;
export type Hidden = (typeof HIDDEN)[number];

export const VENDORS = ["piwik_pro", "didomi", "oro", "oauth2", "elsewhere"] as const;
export type Vendor = (typeof VENDORS)[number];

const vendor = word(...VENDORS);
const texts = map(text) as Shape<{ [name: string]: string }>;

const PROVIDERS = [
    "piwik_pro", "didomi", "oro_commerce", "oro_platform", "oauth2", "broker", "fixed", "custom",
] as const;

const CLIENT = {
    url: text,
    endpoint: text,
    surface: text,
    backend_prefix: text,
    client_auth: word("basic", "basic_raw", "body"),
    body: word("form", "json"),
    scopes: list(text),
    audience: text,
    descriptor: record,
    variables: texts,
    credentials: texts,
    policy: map(natural) as Shape<{ [name: string]: number }>,
};
/** The API half of a built-in provider. */
const apiHalf = object({ provider: word(...PROVIDERS) }, CLIENT);
export type ApiHalf = Of<typeof apiHalf>;
const client = object({ provider: word(...PROVIDERS) }, { ...CLIENT, api: textOr(apiHalf) });
export type ClientSpec = Of<typeof client>;

const received = map(textOrNull) as Shape<{ [name: string]: string | null }>;

const errorIs = object(
    { code: text },
    { class: text, retryable: flag, retry_at_ms: natural, status: integer, provider_code: text, says: text },
);
export type ErrorIs = Of<typeof errorIs>;

const FORMS = {
    waiting: flag, cancelled: flag, http_failure: flag, header: texts, token: text, error: errorIs, status: integer,
};
const CALL_IS = { ...FORMS, body: text, headers: received };
const shown = object({}, CALL_IS);
const callIs = object({}, { ...CALL_IS, hidden: map(shown, word(...HIDDEN)) });
/** What has become of a call: exactly one of its forms. */
export type CallIs = Of<typeof callIs>;

const counts = object({}, { token: natural, api: natural });
export type Counts = Of<typeof counts>;

const sent = object(
    { vendor, kind: word("token", "api"), nth: natural },
    { method: text, path: text, headers: received, body: text, status: integer },
);
export type Sent = Of<typeof sent>;

const explained = object({}, { token: text, lifetime_ms: natural, flight: text, why: text, waiting: natural });
export type Explained = Of<typeof explained>;

const expect = object(
    {},
    {
        calls: map(callIs) as Shape<{ [name: string]: CallIs }>,
        counts: map(counts, vendor),
        sent: list(sent),
        events: map(list(text)) as Shape<{ [client: string]: string[] }>,
        explain: map(explained) as Shape<{ [client: string]: Explained }>,
    },
);
export type Expect = Of<typeof expect>;

const ofClient = object({}, { client: text });
const forward = object({ ms: natural }, {});

/** What a step may be. */
export const ACTIONS = {
    control: object({ method: text, path: text }, { body: record }),
    headers: object({ as: text }, { client: text, times: natural, min_valid_ms: natural, patience_ms: natural }),
    token: object({ as: text }, { client: text, times: natural }),
    request: object(
        { as: text, path: text },
        { client: text, times: natural, method: text, headers: texts, json: anything, body: text, replayable: flag },
    ),
    cancel: object({ call: text }, {}),
    invalidate: ofClient,
    retry: ofClient,
    credentials_changed: object({ credentials: texts }, { client: text, drop_token: flag }),
    logout: ofClient,
    close: ofClient,
    advance: forward,
    suspend: forward,
    step_wall: object({ ms: integer }, {}),
    expect,
};
type Actions = typeof ACTIONS;

/** A step, with what it does under the name of it. */
export type Action = { [N in keyof Actions]: { readonly does: N; readonly of: Of<Actions[N]> } }[keyof Actions];
export type Begin = Extract<Action, { does: "headers" | "token" | "request" }>;
export type ControlStep = Of<Actions["control"]>;
export type RequestStep = Of<Actions["request"]>;

/** What a file has beside its steps. */
export const FILE = object(
    {
        $schema: text,
        name: text,
        level: word("client"),
        shows: list(text),
        why: text,
        clients: map(client) as Shape<{ [name: string]: ClientSpec }>,
        steps: list(anything),
    },
    { must_fail: object({ kind: word(...KINDS) }, { step: natural }), entropy: text },
);

export interface Scenario {
    readonly clients: { readonly [name: string]: ClientSpec };
    readonly entropy: string | undefined;
    readonly steps: readonly Action[];
}

/** In how many forms an expectation says what has become of a call. */
export function forms(is: CallIs): number {
    return Object.keys(FORMS).filter((form) => is[form as keyof typeof FORMS] !== undefined && is[form as keyof typeof FORMS] !== false)
        .length;
}

/** How many comparisons an expectation of a call makes. */
export function assertionsOfCall(is: CallIs): number {
    const ofError = is.error === undefined ? 0 : Object.keys(is.error).length - 1;
    return forms(is) + ofError + (is.body === undefined ? 0 : 1) + Object.keys(is.headers ?? {}).length;
}

/** How many comparisons a step makes: one for each value that it names. */
export function assertions(expect: Expect): number {
    const calls = Object.values(expect.calls ?? {}).map(assertionsOfCall);
    const ofCounts = Object.values(expect.counts ?? {}).map((counts) => Object.keys(counts).length);
    const requests = (expect.sent ?? []).map(
        ({ vendor: _vendor, kind: _kind, nth: _nth, headers, ...named }) =>
            Object.keys(named).length + Object.keys(headers ?? {}).length,
    );
    const explanations = Object.values(expect.explain ?? {}).map((explained) => Object.keys(explained).length);
    const made = [...calls, ...ofCounts, ...requests, ...explanations, Object.keys(expect.events ?? {}).length];
    return made.reduce((sum, one) => sum + one, 0);
}
