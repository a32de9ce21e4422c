import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { Sandbox } from "../hosts/sandbox.mjs";
import { evertoken } from "./package.mjs";

const { createClient, oauth2, CredentialsError } = evertoken;
const ANSWER = { ok: true };
const TEXT = "one line of a file\n".repeat(2_000);

/**
 * Tests that a library keeps its promises when it is given `client.fetch`.
 *
 * `use(fetch, origin)` returns what the library does with it:
 * - `get(path, { signal })` and `send(path, value, { signal })` resolve to the JSON of the answer,
 * - `refused(path)` makes a call that the API refuses and returns the status, read from the library's own failure,
 * - `aborted(error, reason)` asserts that a rejection is what an aborted caller gets,
 * - `behind(error)` returns the error of the token request out of the library's rejection,
 * - `form(path, form)` and `stream(path, stream)` upload; absent where the library cannot.
 */
export function keepsItsPromises(name, use) {
    describe(name, () => {
        let sandbox;
        let client;
        let library;

        before(async () => (sandbox = await Sandbox.start()));
        after(() => sandbox.close());
        beforeEach(async () => {
            await sandbox.control("POST", "/reset");
            client?.close();
            const { http } = sandbox.line.oauth2;
            const { id, secret } = sandbox.line.keys.oauth2;
            const provider = oauth2(`${http}/oauth2/token`, { api: `${http}/api`, clientId: id, clientSecret: secret });
            client = createClient({ provider, policy: { graceMaxMs: 0 } });
            library = use(client.fetch, http);
        });

        const tokens = () => sandbox.control("GET", "/log?vendor=oauth2&kind=token");
        const calls = async () => {
            const entries = await sandbox.control("GET", "/log?vendor=oauth2&kind=api");
            return entries.map((entry) => ({ ...entry, headers: Object.fromEntries(entry.headers) }));
        };
        const held = async () => {
            while ((await sandbox.control("GET", "/idle")).held === 0) await new Promise((resolve) => setTimeout(resolve, 10));
        };
        const fault = (kind, fault, times) => sandbox.control("POST", "/oauth2/faults", { kind, fault, times });
        const revoke = () => sandbox.control("POST", "/oauth2/tokens/revoke");

        it("twenty calls at once share one token", async () => {
            const answers = await Promise.all(Array.from({ length: 20 }, () => library.get("/api/invoices")));
            assert.deepEqual(answers, Array(20).fill(ANSWER));
            assert.equal((await tokens()).length, 1);
            const sent = await calls();
            assert.equal(sent.length, 20);
            assert.equal(new Set(sent.map(({ headers }) => headers.authorization)).size, 1);
            assert.match(sent[0].headers.authorization, /^Bearer sandbox-token-/);
        });

        it("a rejected token is replaced once, and the body is sent again", async () => {
            await library.send("/api/invoices", { number: 0 });
            await revoke();
            const numbers = Array.from({ length: 10 }, (_, index) => index + 1);
            const answers = await Promise.all(numbers.map((number) => library.send("/api/invoices", { number })));
            assert.deepEqual(answers, Array(10).fill(ANSWER));
            assert.equal((await tokens()).length, 2);
            const sent = (await calls()).slice(1);
            const bodies = (status) => sent.filter((entry) => entry.status === status).map(({ body_text }) => body_text).sort();
            assert.equal(bodies(401).length, 10);
            assert.deepEqual(bodies(200), bodies(401));
            assert.equal(new Set(bodies(200)).size, 10);
        });

        it("a token that is rejected again is handed out as the library's own failure", async () => {
            await fault("api", { type: "reject" });
            assert.equal(await library.refused("/api/invoices"), 401);
            assert.equal((await tokens()).length, 2);
            assert.equal((await calls()).length, 2);
        });

        it("a failure of the API is the library's own, and asks for no token", async () => {
            await fault("api", { type: "documented", name: "insufficient_scope" });
            assert.equal(await library.refused("/api/invoices"), 403);
            assert.equal((await tokens()).length, 1);
            assert.equal((await calls()).length, 1);
        });

        it("a failure to get a token is evertoken's, and no call is sent", async () => {
            await fault("token", { type: "reject" });
            const error = await library.get("/api/invoices").then(assert.fail, (error) => error);
            const cause = library.behind(error);
            assert.ok(cause instanceof CredentialsError, `${error}`);
            assert.equal(cause.code, "credentials_rejected");
            assert.equal((await tokens()).length, 1);
            assert.equal((await calls()).length, 0);
        });

        it("a caller that is aborted while it waits for the token gets its reason, and disturbs nobody", async () => {
            await fault("token", { type: "hang" }, 1);
            const controller = new AbortController();
            const reason = new Error("the user has left");
            const left = library.get("/api/invoices", { signal: controller.signal });
            const stayed = library.get("/api/invoices");
            await held();
            controller.abort(reason);
            library.aborted(await left.then(assert.fail, (error) => error), reason);
            await sandbox.control("POST", "/oauth2/release");
            assert.deepEqual(await stayed, ANSWER);
            assert.equal((await tokens()).length, 1);
            assert.equal((await calls()).length, 1);
        });

        it("a caller that is aborted while the API works gets its reason", async () => {
            await fault("api", { type: "hang" });
            const controller = new AbortController();
            const reason = new Error("the user has left");
            const left = library.send("/api/invoices", { number: 1 }, { signal: controller.signal });
            await held();
            controller.abort(reason);
            library.aborted(await left.then(assert.fail, (error) => error), reason);
            assert.equal((await calls()).length, 1);
        });

        const file = () => new File([TEXT], "lines.txt", { type: "text/plain" });
        const files = async () => {
            const parts = (await calls()).map(async ({ headers, body_base64, status }) => {
                const body = Buffer.from(body_base64, "base64");
                const form = await new Response(body, { headers: { "content-type": headers["content-type"] } }).formData();
                return { status, text: await form.get("file").text(), title: form.get("title") };
            });
            return Promise.all(parts);
        };
        const form = () => {
            const form = new FormData();
            form.set("title", "Lines");
            form.set("file", file());
            return form;
        };
        const stream = () => file().stream();

        if (use.uploads !== false) {
            it("a form with a file arrives whole, and again when the token is rejected", async () => {
                assert.deepEqual(await library.form("/api/files", form()), ANSWER);
                await revoke();
                assert.deepEqual(await library.form("/api/files", form()), ANSWER);
                assert.deepEqual(await files(), [200, 401, 200].map((status) => ({ status, text: TEXT, title: "Lines" })));
                assert.equal((await tokens()).length, 2);
            });

            it("a stream arrives whole, and again when the token is rejected", async () => {
                assert.deepEqual(await library.stream("/api/files", stream()), ANSWER);
                await revoke();
                assert.deepEqual(await library.stream("/api/files", stream()), ANSWER);
                const sent = await calls();
                assert.deepEqual(sent.map(({ status }) => status), [200, 401, 200]);
                assert.deepEqual(sent.map(({ body_text }) => body_text), [TEXT, TEXT, TEXT]);
                assert.equal((await tokens()).length, 2);
            });
        }
    });
}
