import { StandingClock } from "../clock.mjs";
import { equal, ok, rejection, settled, until } from "../expect.mjs";

/** How a token request fails, and what comes of it. */
const FAILURES = [
    [
        { type: "documented", name: "invalid_client" },
        "CredentialsError",
        "credentials_rejected",
        "credentials",
        false,
        401,
    ],
    [
        { type: "throttle", status: 429, retry_after: { seconds: 120 } },
        "ThrottledError",
        "throttled",
        "throttled",
        true,
        429,
    ],
    [{ type: "throttle", status: 503 }, "TransientError", "server_error", "transient", true, 503],
    [{ type: "answer", status: 500, body: "html" }, "TransientError", "server_error", "transient", true, 500],
    [{ type: "answer", status: 200, body: "html" }, "ProtocolError", "malformed_answer", "protocol", true, 200],
    [{ type: "answer", status: 200, body: { json: {} } }, "ProtocolError", "missing_token", "protocol", true, 200],
    [
        { type: "answer", status: 200, body: { huge: { bytes: 1_100_000, chunked: true } } },
        "ProtocolError",
        "answer_too_large",
        "protocol",
        true,
        200,
    ],
    [{ type: "token", value: "a\nb" }, "ProtocolError", "invalid_token", "protocol", true, 200],
    [
        { type: "documented", name: "invalid_request" },
        "ConfigurationError",
        "request_refused",
        "configuration",
        false,
        400,
    ],
];

export const errors = {
    async "each failure of a token request is an error of its class, with its code"(world) {
        for (const [fault, name, code, errorClass, retryable, status] of FAILURES) {
            await world.control.fault("token", fault);
            const client = world.client({ policy: { fetchAttempts: 1 } });
            const error = await settled(rejection(client.headers(), code), code);
            ok(
                error instanceof Error && error instanceof world.evertoken.EvertokenError,
                `${code}: an EvertokenError, not ${error}`,
            );
            ok(error instanceof world.evertoken[name], `${code}: a ${name}`);
            equal(
                [error.name, error.code, error.errorClass, error.retryable],
                [name, code, errorClass, retryable],
                code,
            );
            equal(error.status, status, `${code}: status`);
            ok(
                error.message.startsWith(`${code}:`) || error.message.includes(code),
                `${code}: the message begins with it`,
            );
            ok(error.fix.length > 10 && !error.fix.includes("\n"), `${code}: one line says what to do`);
            ok(typeof error.stack === "string", `${code}: a stack`);
            client.close();
            await world.control.mend();
        }
    },

    async "an error of the server has the server's own code, and when to come back"(world) {
        const clock = new StandingClock();
        await world.control.fault("token", { type: "documented", name: "invalid_client" }, { times: 1 });
        const client = world.client({ clock });
        const error = await settled(rejection(client.headers(), "a call"), "a call");
        equal(error.providerCode, "invalid_client", "the server's code");
        const inMs = error.retryAt.getTime() - clock.now().wall;
        ok(inMs > 0 && inMs <= 5_000, `it comes back in 5 s: ${inMs}`);
        const again = await settled(rejection(client.headers(), "a call in the pause"), "a call in the pause");
        equal(
            [again.code, again.retryAt?.getTime()],
            [error.code, error.retryAt.getTime()],
            "the error of a call in the pause",
        );
        equal(await world.control.tokens(), 1, "token requests");
    },

    async "every caller gets an error of its own kind, and the API's own failures stay the platform's"(world) {
        await world.control.fault("token", { type: "documented", name: "invalid_client" });
        const client = world.client();
        const calls = Array.from({ length: 100 }, () => rejection(client.fetch("/items"), "a call"));
        const codes = (await settled(Promise.all(calls), "a hundred calls")).map(({ code }) => code);
        equal([...new Set(codes)], ["credentials_rejected"], "codes");
        equal(await world.control.tokens(), 1, "token requests");
        await world.control.mend();
        const other = world.client();
        await other.headers();
        await world.control.fault("api", { type: "drop" });
        const error = await settled(rejection(other.fetch("/items"), "a call"), "a call");
        ok(
            !(error instanceof world.evertoken.EvertokenError) && error instanceof Error,
            `the platform's error, not ${error}`,
        );
        await world.control.mend();
        for (const status of [403, 404, 429, 500]) {
            await world.control.fault("api", { type: "answer", status, body: { text: "so it is" } }, { times: 1 });
            const response = await settled(other.fetch("/items"), "a call");
            equal([response.status, await response.text()], [status, "so it is"], "the API's own answer");
        }
    },

    async "logout cancels those who wait; close ends them and later calls as closed"(world) {
        await world.control.fault("token", { type: "hang" });
        const client = world.client();
        const first = rejection(client.headers(), "a call");
        await until(async () => (await world.control.held()) === 1, "the token request");
        client.logout();
        const error = await settled(first, "a call");
        ok(error instanceof world.evertoken.CancelledError && error.code === "cancelled", `cancelled, not ${error}`);
        const second = rejection(client.fetch("/items"), "a call");
        await until(async () => (await world.control.tokens()) === 2, "the second token request");
        client.close();
        equal((await settled(second, "a call")).code, "closed", "code");
        equal((await rejection(client.token(), "a call")).code, "closed", "code of a call after close");
        equal((await rejection(client.fetch("/items"), "a call")).code, "closed", "code of a fetch after close");
        await world.control.mend();
        await world.control.release("token");
    },

    async "a function for credentials that fails is an error, whatever it throws"(world) {
        const cause = new Error("the vault is closed");
        const odd = [
            () => Promise.reject(cause),
            () => Promise.reject("text"),
            () => Promise.reject(),
            () => undefined,
            () => ({ client_id: 7 }),
        ];
        for (const credentials of [...odd, () => ({})]) {
            const client = world.client({ provider: world.provider({ credentials }), policy: { fetchAttempts: 1 } });
            const error = await settled(rejection(client.headers(), "a call"), "a call");
            ok(error instanceof world.evertoken.EvertokenError, `an EvertokenError, not ${error}`);
            if (credentials === odd[0]) {
                ok(error.cause === cause, "the cause");
                ok(error.fix.includes("function"), `the fix is in the function: ${error.fix}`);
            }
            client.close();
        }
        equal(await world.control.tokens(), 0, "token requests");
    },

    async "credentials may be named as the options are"(world) {
        const { id, secret } = world.place.line.keys.oauth2;
        const named = { clientId: id, clientSecret: secret };
        for (const credentials of [named, () => named]) {
            const client = world.client({ provider: world.provider({ credentials }) });
            ok((await settled(client.token(), "a call")).startsWith("sandbox-token-"), "a token");
            client.credentialsChanged({ credentials: named, dropToken: true });
            ok((await settled(client.token(), "a call")).startsWith("sandbox-token-"), "another token");
            client.close();
        }
    },

    async "what is wrong with a policy is said in the names that were written"(world) {
        const client = world.client({ policy: { patienceMs: -1 } });
        const error = await settled(rejection(client.ready(), "ready"), "ready");
        ok(error.description.startsWith("policy.patienceMs:"), error.description);
        ok(error.message.includes("policy.patienceMs:") && !error.message.includes("patience_ms"), error.message);
    },

    async "a wrong option is said at once or by ready"(world) {
        const { createClient, broker, oauth2, piwikPro } = world.evertoken;
        const make = (options) => async () => {
            const client = createClient({ dangerouslyAllowBrowser: true, tabs: false, ...options });
            try {
                await client.ready();
            } finally {
                client.close();
            }
        };
        const wrong = {
            "no provider": [make({}), "invalid_option"],
            "a provider of nobody": [make({ provider: { name: "piwik_pro" } }), "invalid_option"],
            "a policy without sense": [
                make({ provider: world.provider(), policy: { windowDivisor: 0 } }),
                "invalid_option",
            ],
            "a policy that does not exist": [
                make({ provider: world.provider(), policy: { windoDivisor: 4 } }),
                "invalid_option",
            ],
            "an option that does not exist": [make({ provider: world.provider(), polcy: {} }), "invalid_option"],
            "no options": [async () => createClient(), "invalid_option"],
            "a provider without its options": [async () => broker("/token"), "invalid_option"],
            "a provider's option that does not exist": [
                async () => oauth2("https://example.com/token", { api: world.api, clientauth: "body" }),
                "invalid_option",
            ],
            "an account without a domain": [
                make({ provider: piwikPro("acme", { clientId: "a", clientSecret: "b" }) }),
                "invalid_account",
            ],
            "an endpoint over http": [
                make({
                    provider: oauth2("http://example.com/token", { api: world.api, clientId: "a", clientSecret: "b" }),
                }),
                "invalid_endpoint",
            ],
            "an API over http": [
                make({ provider: broker("https://example.com/token", { api: "http://example.com" }) }),
                undefined,
            ],
        };
        for (const [what, [act, code]] of Object.entries(wrong)) {
            const error = await settled(rejection(act(), what), what);
            ok(error instanceof world.evertoken.ConfigurationError, `${what}: a ConfigurationError, not ${error}`);
            ok(code === undefined || error.code === code, `${what}: ${error.code} instead of ${code}`);
            ok(error.fix.length > 10, `${what}: it says what to do`);
        }
    },
};
