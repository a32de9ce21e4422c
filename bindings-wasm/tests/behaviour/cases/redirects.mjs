import { equal, ok, rejection } from "../expect.mjs";

/** Both ways of carrying a token, by the name of the header. */
const PROVIDERS = {
    Authorization: (world) => world.provider(),
    "X-Sandbox-Token": (world) => world.providerOfOtherHeader(),
};

/** Sends one call that the API redirects elsewhere, and gives the token and what arrived there. */
async function elsewhere(world, header, status, init) {
    const client = world.client({ provider: PROVIDERS[header](world) });
    const location = `${world.place.line.elsewhere.http}/landing`;
    await world.control.fault("api", { type: "redirect", status, location }, { times: 1 });
    const token = await client.token();
    const result = await client.fetch(`${world.api}/items`, init).then(
        (response) => ({ status: response.status }),
        (error) => ({ error }),
    );
    const arrived = await world.control.log(undefined, "elsewhere");
    return { token, result, arrived: [...arrived, ...(await world.control.log("options", "elsewhere"))] };
}

const leaks = ({ token, arrived }) => arrived.filter((entry) => JSON.stringify(entry).includes(token));

function crossing(header, status, init) {
    return async (world) => {
        const met = await elsewhere(world, header, status, init);
        equal(leaks(met).length, 0, "requests elsewhere that carry the token");
        ok(
            met.arrived.every((entry) => !(header.toLowerCase() in entry.headers)),
            "no request elsewhere has the header at all",
        );
        const hidden = world.isBrowser && header !== "Authorization";
        if (hidden) {
            ok(met.result.error instanceof Error, "a page cannot follow hop by hop: it is refused");
            equal(met.arrived.length, 0, "requests elsewhere");
        } else {
            equal(met.result, { status: 200 }, "the redirect is followed");
        }
    };
}

function staying(header) {
    return async (world) => {
        const client = world.client({ provider: PROVIDERS[header](world) });
        const token = await client.token();
        const location = `${world.api}/moved?by=redirect`;
        await world.control.fault("api", { type: "redirect", status: 302, location }, { times: 1 });
        const call = client.fetch(`${world.api}/items`);
        if (world.isBrowser && header !== "Authorization") {
            ok((await rejection(call, "a redirected call")) instanceof Error, "a page cannot follow hop by hop");
            return;
        }
        const response = await call;
        const [moved] = (await world.control.log("api")).filter(({ target }) => target.includes("by=redirect"));
        ok(moved.headers[header.toLowerCase()]?.includes(token), "the token goes along");
        if (header === "Authorization") {
            equal(response.status, 200, "status");
            ok(response.url.endsWith("/api/moved?by=redirect"), "the response has the last URL");
        }
    };
}

export const redirects = {
    "a redirect to another origin does not get the token in Authorization": crossing("Authorization", 302),
    "a redirect to another origin does not get the token in another header": crossing("X-Sandbox-Token", 302),
    "a redirect of a POST with a body does not get the token in Authorization": crossing("Authorization", 307, {
        method: "POST",
        body: "text",
    }),
    "a redirect of a POST with a body does not get the token in another header": crossing("X-Sandbox-Token", 307, {
        method: "POST",
        body: "text",
    }),
    "a redirect within the API is followed with the token in Authorization": staying("Authorization"),
    "a redirect within the API is followed with the token in another header": staying("X-Sandbox-Token"),

    async "a redirect keeps or changes method and body as the standard says"(world) {
        const [post, get] = [
            ["POST", "text", "text/plain"],
            ["GET", "", undefined],
        ];
        const wanted = { 301: get, 302: get, 303: get, 307: post, 308: post };
        const headers = world.isBrowser ? ["Authorization"] : Object.keys(PROVIDERS);
        for (const header of headers) {
            const client = world.client({ provider: PROVIDERS[header](world) });
            await client.headers();
            for (const [status, arrives] of Object.entries(wanted)) {
                const location = `${world.place.line.elsewhere.http}/landing?after=${status}`;
                await world.control.fault("api", { type: "redirect", status: Number(status), location }, { times: 1 });
                const init = { method: "POST", body: "text", headers: { "content-type": "text/plain" } };
                equal((await client.fetch(`${world.api}/items`, init)).status, 200, `${header}, ${status}: status`);
                const entry = (await world.control.log("api", "elsewhere")).at(-1);
                const told = [entry.method, entry.body_text, entry.headers["content-type"]];
                equal(told, arrives, `${header}, ${status}: method, body and type`);
            }
        }
    },

    async "a redirect of a Request with a body keeps the body"(world) {
        const headers = world.isBrowser ? ["Authorization"] : Object.keys(PROVIDERS);
        for (const header of headers) {
            const client = world.client({ provider: PROVIDERS[header](world) });
            await client.headers();
            const location = `${world.place.line.elsewhere.http}/landing`;
            await world.control.fault("api", { type: "redirect", status: 307, location }, { times: 1 });
            const request = new Request(`${world.api}/items`, { method: "POST", body: "text" });
            equal((await client.fetch(request)).status, 200, `${header}: status`);
            equal((await world.control.log("api", "elsewhere")).at(-1).body_text, "text", `${header}: body`);
        }
    },

    async "a fetch of the user's that would take the token along on a redirect is not asked to follow it"(world) {
        if (world.isBrowser) {
            // There every fetch ends up with the browser's own.
            return;
        }
        const naive = async (input, init) => {
            const response = await fetch(input, { ...init, redirect: "manual" });
            const location = init?.redirect === "manual" ? null : response.headers.get("location");
            return location === null ? response : fetch(location, { headers: init.headers });
        };
        const client = world.client({ fetch: naive });
        const location = `${world.place.line.elsewhere.http}/landing`;
        await world.control.fault("api", { type: "redirect", status: 302, location }, { times: 1 });
        equal((await client.fetch(`${world.api}/items`)).status, 200, "the redirect is followed");
        const token = await client.token();
        const arrived = await world.control.log(undefined, "elsewhere");
        equal([arrived.length, JSON.stringify(arrived).includes(token)], [1, false], "requests elsewhere, with the token");
    },

    async "a 401 of somebody to whom a redirect led says nothing of the token"(world) {
        if (world.isBrowser) {
            // There the browser follows, and says where the answer came from.
            return;
        }
        const client = world.client({ provider: PROVIDERS["X-Sandbox-Token"](world) });
        const location = `${world.place.line.elsewhere.http}/landing`;
        await world.control.fault("api", { type: "redirect", status: 302, location });
        await world.control.fault("api", { type: "answer", status: 401, body: "empty" }, {}, "elsewhere");
        equal((await client.fetch(`${world.api}/items`)).status, 401, "its own answer");
        equal([await world.control.calls(), await world.control.tokens()], [1, 1], "calls and token requests");
    },

    async "redirect: error and redirect: manual mean what they mean for fetch"(world) {
        const client = world.client();
        await client.headers();
        const location = `${world.api}/moved`;
        await world.control.fault("api", { type: "redirect", status: 302, location });
        const manual = await client.fetch(`${world.api}/items`, { redirect: "manual" });
        ok(manual.status === 302 || manual.type === "opaqueredirect", "the redirect itself");
        if (world.host !== "workerd") {
            const error = await rejection(
                client.fetch(`${world.api}/items`, { redirect: "error" }),
                "a call that refuses redirects",
            );
            ok(error instanceof TypeError, "fetch's own TypeError");
        }
    },

    async "an endless chain of redirects ends"(world) {
        for (const provider of Object.values(PROVIDERS)) {
            const client = world.client({ provider: provider(world) });
            await client.headers();
            await world.control.fault("api", { type: "redirect", status: 302, location: `${world.api}/again` });
            ok((await rejection(client.fetch(`${world.api}/items`), "an endless chain")) instanceof Error, "an error");
            await world.control.mend();
        }
        ok((await world.control.calls()) < 60, "it ended soon");
    },

    async "a token request does not follow a redirect"(world) {
        for (const status of [301, 302, 303, 307, 308]) {
            const client = world.client();
            const location = `${world.place.line.elsewhere.http}/token`;
            await world.control.fault("token", { type: "redirect", status, location }, { times: 1 });
            const error = await rejection(client.headers(), "a call whose token request is redirected");
            equal([error.code, error.errorClass], ["redirect_refused", "configuration"], "error");
            ok(
                world.isBrowser || error.message.includes("/token"),
                "it names where it pointed, where that can be seen",
            );
            await world.control.mend();
        }
        equal(await world.control.log(undefined, "elsewhere"), [], "requests elsewhere");
    },
};
