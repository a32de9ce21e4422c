import { equal, ok, until } from "../behaviour/expect.mjs";

/** A fresh sandbox with a client of it, and what arrived there. */
export class World {
    static async begin(evertoken, line, origin) {
        const world = new World(evertoken, line, origin);
        await world.control("POST", "/reset");
        const cors = { allow_origins: ["*"], allow_headers: ["*"] };
        await world.control("PATCH", "/oauth2/settings", { cors });
        return world;
    }

    constructor({ createClient, CredentialsError, oauth2 }, line, origin) {
        const { id, secret } = line.keys.oauth2;
        this.line = line;
        this.CredentialsError = CredentialsError;
        this.client = createClient({
            provider: oauth2(`${origin}/oauth2/token`, { api: `${origin}/api`, clientId: id, clientSecret: secret }),
            policy: { graceMaxMs: 0 },
            dangerouslyAllowBrowser: true,
        });
    }

    async control(method, path, body) {
        const answer = await fetch(this.line.control + path, { method, ...(body && { body: JSON.stringify(body) }) });
        ok(answer.ok, `${method} ${path}: ${answer.status}`);
        return answer.json();
    }

    /** What was sent to the server, oldest first; `kind` is `token` or `api`. */
    async sent(kind) {
        const entries = await this.control("GET", `/log?vendor=oauth2&kind=${kind}`);
        return entries.map((entry) => ({ ...entry, headers: Object.fromEntries(entry.headers) }));
    }

    /** Compares the numbers of token requests and of calls. */
    async counts(tokens, calls) {
        equal([(await this.sent("token")).length, (await this.sent("api")).length], [tokens, calls], "token requests and calls");
    }

    fault(kind, fault, times) {
        return this.control("POST", "/oauth2/faults", { kind, fault, times });
    }

    revoke() {
        return this.control("POST", "/oauth2/tokens/revoke");
    }

    /** Waits until an answer is held. */
    async held() {
        await until(async () => (await this.control("GET", "/idle")).held > 0, "an answer that is held");
    }
}
