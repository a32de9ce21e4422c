import vectors from "../../../../core/vectors/urls.json" with { type: "json" };
import { equal, ok, rejection } from "../expect.mjs";

/** The provider of a grant of the vector file. */
function provider({ evertoken }, { provider: name, variables = {}, surface, endpoint, api }) {
    const half = (api) => (typeof api === "string" ? api : built(api.provider).api(...args(api)));
    const built = (name) =>
        ({ piwik_pro: evertoken.piwikPro, oro_commerce: evertoken.oroCommerce, oro_platform: evertoken.oroPlatform })[
            name
        ];
    const args = ({ variables, surface }) => [
        variables.account ?? variables.url,
        { surface, ...(variables.backend_prefix && { backendPrefix: variables.backend_prefix }) },
    ];
    const client = { clientId: "id", clientSecret: "secret" };
    switch (name) {
        case "piwik_pro":
            return evertoken.piwikPro(variables.account ?? "acme.piwik.pro", {
                ...client,
                ...(endpoint && { endpoint }),
            });
        case "didomi":
            return evertoken.didomi({ key: "key", secret: "secret" });
        case "oro_commerce":
        case "oro_platform": {
            const [url, options] = args({ variables, surface });
            return built(name)(url, { ...client, ...(name === "oro_commerce" ? options : {}) });
        }
        case "oauth2":
            return evertoken.oauth2(endpoint, { api, ...client });
        case "broker":
            return evertoken.broker(endpoint, { api: half(api) });
        case "fixed":
            return evertoken.fixed("token", { api });
    }
    throw new Error(`${name}: no such provider`);
}

export const urls = {
    async "every URL of the vector file stands for what it says"(world) {
        const failures = [];
        for (const { grant, text, url, refused, fix } of vectors.requests) {
            const client = world.client({ provider: provider(world, vectors.grants[grant]) });
            const got = await client.url(text).catch((error) => error);
            if (refused === undefined ? got !== url : got.code !== refused || !got.fix.includes(fix ?? "")) {
                failures.push(
                    `${grant} ${text}: ${got} ${got.fix ?? ""} instead of ${url ?? `${refused} ${fix ?? ""}`}`,
                );
            }
            client.close();
        }
        equal(failures, [], `of ${vectors.requests.length} URLs`);
    },

    async "a call goes to the URL that stands for its path, with the type that the API wants"(world) {
        const failures = [];
        for (const { grant, text, url, accept } of vectors.requests.filter(({ url }) => url !== undefined)) {
            const { descriptor, ...options } = { descriptor: undefined, ...vectors.grants[grant] };
            const sent = [];
            const client = world.client({
                provider: provider(world, options),
                fetch: async (input, init) => {
                    const request = new Request(input, init);
                    sent.push([request.url, request.headers.get("accept")]);
                    return new Response(
                        request.method === "POST" ? '{"access_token":"sandbox-token","expires_in":3600}' : "{}",
                    );
                },
            });
            await client.fetch(text).catch((error) => sent.push([String(error)]));
            const [got, type] = sent.at(-1);
            if (got !== url || (accept !== undefined && type !== accept)) {
                failures.push(`${grant} ${text}: ${got} ${type} instead of ${url} ${accept}`);
            }
            client.close();
        }
        equal(failures, [], "of the URLs that are not refused");
    },

    async "every account of the vector file is accepted or refused as it says"(world) {
        const failures = [];
        for (const { provider: name, variables, base, refused, fix } of vectors.accounts) {
            const surface = name === "oro_commerce" ? "back_office" : undefined;
            const client = world.client({ provider: provider(world, { provider: name, variables, surface }) });
            const got = await client
                .ready()
                .then(
                    () => client.url("/"),
                    (error) => error,
                )
                .catch((error) => error);
            const isRight =
                refused === undefined
                    ? got.code === "origin_not_allowed" || String(got).startsWith(base)
                    : got.code === refused && got.fix.includes(fix ?? "");
            if (!isRight) {
                failures.push(
                    `${name} ${JSON.stringify(variables)}: ${got} ${got.fix ?? ""} instead of ${base ?? refused}`,
                );
            }
            client.close();
        }
        equal(failures, [], `of ${vectors.accounts.length} accounts`);
    },

    async "a URL outside of the API is refused and nothing is sent"(world) {
        const client = world.client();
        const outside = [
            `${world.place.line.elsewhere.http}/`,
            `${world.place.line.oauth2.http}/other`,
            "https://example.com/",
            "../other",
        ];
        for (const url of outside) {
            const error = await rejection(client.fetch(url), url);
            ok(error instanceof world.evertoken.ConfigurationError, `${url}: a ConfigurationError`);
            equal(error.code, "origin_not_allowed", `${url}: code`);
            equal(
                (await rejection(client.fetch(new Request(new URL(url, world.api))), url)).code,
                "origin_not_allowed",
                `${url} as a request`,
            );
        }
        equal(
            [await world.control.tokens(), await world.control.calls(), await world.control.calls("elsewhere")],
            [0, 0, 0],
            "requests",
        );
    },
};
