import { StandingClock } from "../clock.mjs";
import { equal, ok, rejection, settled, until } from "../expect.mjs";

export const aborts = {
    async "an aborted call gets its own signal's reason and the others are served"(world) {
        await world.control.fault("token", { type: "hang" }, { times: 1 });
        const client = world.client();
        const reasons = [new Error("mine"), "a text", { some: "object" }, 7, null];
        const controllers = reasons.map(() => new AbortController());
        const aborted = controllers.map(({ signal }, index) =>
            index % 2 === 0 ? client.headers({ signal }) : client.fetch("/items", { signal }),
        );
        const caught = aborted.map((call) => rejection(call, "an aborted call"));
        const others = [client.fetch("/items"), client.headers(), client.token()];
        await until(async () => (await world.control.held()) === 1, "the token request");
        controllers.forEach((controller, index) => controller.abort(reasons[index]));
        const got = await settled(Promise.all(caught), "aborted calls");
        got.forEach((reason, index) => ok(Object.is(reason, reasons[index]), `the reason of call ${index}`));
        await world.control.release("token");
        equal((await settled(Promise.all(others), "the others"))[0].status, 200, "status");
        equal(await world.control.tokens(), 1, "token requests");
    },

    async "a call without a reason of its own gets the platform's AbortError"(world) {
        await world.control.fault("token", { type: "hang" }, { times: 1 });
        const client = world.client();
        const controller = new AbortController();
        const call = rejection(client.fetch("/items", { signal: controller.signal }), "an aborted call");
        await until(async () => (await world.control.held()) === 1, "the token request");
        controller.abort();
        const reason = await settled(call, "an aborted call");
        ok(reason === controller.signal.reason && reason.name === "AbortError", "its own AbortError");
        await world.control.release("token");
    },

    async "a signal that is aborted before sends nothing"(world) {
        const client = world.client();
        const reason = new Error("before");
        const signal = AbortSignal.abort(reason);
        ok((await rejection(client.headers({ signal }), "headers")) === reason, "the reason of headers");
        ok((await rejection(client.token({ signal }), "token")) === reason, "the reason of token");
        ok((await rejection(client.fetch("/items", { signal }), "fetch")) === reason, "the reason of fetch");
        const request = new Request(`${world.api}/items`, { signal });
        const other = await rejection(client.fetch(request), "fetch of a request");
        ok(other === request.signal.reason || other === reason, "the reason of the request's signal");
        equal([await world.control.tokens(), await world.control.calls()], [0, 0], "requests");
    },

    async "a signal of null in init takes away that of a Request"(world) {
        const request = new Request(`${world.api}/items`, { signal: AbortSignal.abort(new Error("before")) });
        const client = world.client();
        equal((await settled(client.fetch(request, { signal: null }), "a call")).status, 200, "status");
        equal((await settled(client.fetch(request, { signal: null }), "a second call")).status, 200, "status");
    },

    async "the signal of a Request counts, and one in init goes before it"(world) {
        await world.control.fault("token", { type: "hang" }, { times: 1 });
        const client = world.client();
        const [inRequest, inInit] = [new AbortController(), new AbortController()];
        const request = () => new Request(`${world.api}/items`, { signal: inRequest.signal });
        const first = rejection(client.fetch(request()), "a call with a signal in its request");
        const second = client.fetch(request(), { signal: inInit.signal });
        const caught = rejection(second, "a call with a signal in init");
        await until(async () => (await world.control.held()) === 1, "the token request");
        inRequest.abort(new Error("in the request"));
        equal((await settled(first, "the first")).message, "in the request", "reason");
        inInit.abort(new Error("in init"));
        equal((await settled(caught, "the second")).message, "in init", "reason");
        await world.control.release("token");
    },

    async "an abort ends the API call itself"(world) {
        const client = world.client();
        await client.headers();
        await world.control.fault("api", { type: "hang" }, { times: 1 });
        const controller = new AbortController();
        const reason = new Error("while the API thinks");
        const call = rejection(client.fetch("/items", { signal: controller.signal }), "an aborted call");
        await until(async () => (await world.control.held()) === 1, "the API call");
        controller.abort(reason);
        ok((await settled(call, "an aborted call")) === reason, "its reason");
        await world.control.release("api");
        equal((await client.fetch("/items")).status, 200, "the next call");
    },

    async "an abort ends the wait for a replacement of a rejected token"(world) {
        const clock = new StandingClock();
        const client = world.client({ clock });
        await client.headers();
        clock.advance(60_000);
        await world.control.revoke();
        await world.control.fault("token", { type: "hang" }, { times: 1 });
        const controller = new AbortController();
        const reason = new Error("while it waits");
        const call = rejection(client.fetch("/items", { signal: controller.signal }), "an aborted call");
        const other = client.fetch("/items");
        await until(async () => (await world.control.held()) === 1, "the token request");
        controller.abort(reason);
        ok((await settled(call, "an aborted call")) === reason, "its reason");
        await world.control.release("token");
        equal((await settled(other, "the other call")).status, 200, "the other call");
        equal(await world.control.tokens(), 2, "token requests");
    },

    async "a time limit by AbortSignal.timeout ends the wait with its TimeoutError"(world) {
        await world.control.fault("token", { type: "hang" }, { times: 1 });
        const client = world.client();
        const error = await settled(rejection(client.headers({ signal: AbortSignal.timeout(50) }), "a call"), "a call");
        equal(error.name, "TimeoutError", "name");
        await world.control.release("token");
    },

    async "patience ends with a DeadlineError, and the flight goes on for the others"(world) {
        await world.control.fault("token", { type: "hang" }, { times: 1 });
        const client = world.client();
        const other = client.headers();
        await until(async () => (await world.control.held()) === 1, "the token request");
        const error = await settled(
            rejection(client.headers({ patienceMs: 50 }), "an impatient call"),
            "an impatient call",
        );
        ok(error instanceof world.evertoken.DeadlineError && error.code === "deadline", "a DeadlineError");
        await world.control.release("token");
        ok(typeof (await settled(other, "the other")).Authorization === "string", "the other is served");
        equal(await world.control.tokens(), 1, "token requests");
    },
};
