import { equal, ok, rejection } from "../behaviour/expect.mjs";
import { LIBRARIES } from "./libraries/index.mjs";
import { World } from "./world.mjs";

const ANSWER = { ok: true };
const TEXT = "one line of a file\n".repeat(2_000);

/** What every library keeps when it is given `client.fetch`. */
export const PROMISES = {
    async "twenty calls at once share one token"(library, world) {
        const answers = await Promise.all(Array.from({ length: 20 }, () => library.get("/api/invoices")));
        equal(answers, Array(20).fill(ANSWER), "the answers");
        await world.counts(1, 20);
        const values = new Set((await world.sent("api")).map(({ headers }) => headers.authorization));
        equal(values.size, 1, "different headers");
        ok([...values][0].startsWith("Bearer sandbox-token-"), "the token is in it");
    },

    async "a rejected token is replaced once, and the body is sent again"(library, world) {
        await library.send("/api/invoices", { number: 0 });
        await world.revoke();
        const numbers = Array.from({ length: 10 }, (_, index) => index + 1);
        const answers = await Promise.all(numbers.map((number) => library.send("/api/invoices", { number })));
        equal(answers, Array(10).fill(ANSWER), "the answers");
        equal((await world.sent("token")).length, 2, "token requests");
        const again = (await world.sent("api")).slice(1);
        const bodies = (status) => again.filter((entry) => entry.status === status).map(({ body_text }) => body_text).sort();
        equal(bodies(401).length, 10, "rejected calls");
        equal(bodies(200), bodies(401), "the bodies that were sent again");
        equal(new Set(bodies(200)).size, 10, "different bodies");
    },

    async "a token that is rejected again is handed out as the library's own failure"(library, world) {
        await world.fault("api", { type: "reject" });
        equal(await library.refused("/api/invoices"), 401, "the status");
        await world.counts(2, 2);
    },

    async "a failure of the API is the library's own, and asks for no token"(library, world) {
        await world.fault("api", { type: "documented", name: "insufficient_scope" });
        equal(await library.refused("/api/invoices"), 403, "the status");
        await world.counts(1, 1);
    },

    async "a failure to get a token is evertoken's, and no call is sent"(library, world) {
        await world.fault("token", { type: "reject" });
        const error = library.behind(await rejection(library.get("/api/invoices"), "the call"));
        ok(error instanceof world.CredentialsError, `a CredentialsError: ${error}`);
        equal(error.code, "credentials_rejected", "the code");
        await world.counts(1, 0);
    },

    async "a caller that is aborted while it waits for the token gets its reason, and disturbs nobody"(library, world) {
        await world.fault("token", { type: "hang" }, 1);
        const controller = new AbortController();
        const reason = new Error("the user has left");
        const left = rejection(library.get("/api/invoices", { signal: controller.signal }), "the aborted call");
        const stayed = library.get("/api/invoices");
        await world.held();
        controller.abort(reason);
        library.aborted(await left, reason);
        await world.control("POST", "/oauth2/release");
        equal(await stayed, ANSWER, "the other's answer");
        await world.counts(1, 1);
    },

    async "a caller that is aborted while the API works gets its reason"(library, world) {
        await world.fault("api", { type: "hang" });
        const controller = new AbortController();
        const reason = new Error("the user has left");
        const left = rejection(library.send("/api/invoices", { number: 1 }, { signal: controller.signal }), "the aborted call");
        await world.held();
        controller.abort(reason);
        library.aborted(await left, reason);
        await world.counts(1, 1);
    },

    async "a form with a file arrives whole, and again when the token is rejected"(library, world) {
        equal(await library.form("/api/files", form()), ANSWER, "the first answer");
        await world.revoke();
        equal(await library.form("/api/files", form()), ANSWER, "the second answer");
        const arrived = await Promise.all((await world.sent("api")).map(received));
        equal(arrived, [200, 401, 200].map((status) => ({ status, title: "Lines", text: TEXT })), "the forms");
        await world.counts(2, 3);
    },

    async "a stream arrives whole, and again when the token is rejected"(library, world) {
        equal(await library.stream("/api/files", file().stream()), ANSWER, "the first answer");
        await world.revoke();
        equal(await library.stream("/api/files", file().stream()), ANSWER, "the second answer");
        const arrived = await world.sent("api");
        equal(arrived.map(({ status }) => status), [200, 401, 200], "the statuses");
        ok(arrived.every(({ body_text }) => body_text === TEXT), "each stream is whole");
        await world.counts(2, 3);
    },
};

/** Sees whether a library keeps a promise, against a sandbox of its own. */
export async function keep(evertoken, { library, promise, line, origin }) {
    const world = await World.begin(evertoken, line, origin);
    try {
        await PROMISES[promise](LIBRARIES[library](world.client.fetch, origin), world);
    } finally {
        world.client.close();
    }
}

/** Says whether a library keeps a promise in a host: not all of them can upload. */
export function isMade(promise, library, host) {
    const isUpload = /^a (form|stream) /.test(promise);
    const hasStreams = !["firefox", "webkit"].includes(host);
    return library === "Apollo HttpLink" ? !isUpload : hasStreams || !promise.startsWith("a stream ");
}

function file() {
    return new File([TEXT], "lines.txt", { type: "text/plain" });
}

function form() {
    const form = new FormData();
    form.set("title", "Lines");
    form.set("file", file());
    return form;
}

async function received({ headers, body_base64, status }) {
    const body = Uint8Array.from(atob(body_base64), (character) => character.charCodeAt(0));
    const form = await new Response(body, { headers: { "content-type": headers["content-type"] } }).formData();
    return { status, title: form.get("title"), text: await form.get("file").text() };
}
