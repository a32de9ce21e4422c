import { broker } from "../../javascript/broker-node/broker.mjs";
import { Clock } from "../page/clock.mjs";
import { VENDORS } from "./vendors.mjs";

/** Troubles that last until they are ended, as the sandbox's faults. */
const FAULTS = {
    outage: { type: "throttle", status: 503 },
    hang: { type: "hang" },
    throttle: { type: "throttle", status: 429, retry_after: { seconds: 15 } },
};
const CORS = { allow_origins: ["*"], allow_headers: ["authorization", "content-type"], max_age_s: 600 };
const NEWS_KEPT = 500;

/** What the page plays on: the sandbox, a broker for each vendor, and their common time. */
export class Stage {
    #clock = new Clock();
    #troubles = {};
    #sandbox;
    #library;
    #sessions;

    static async open(sandbox, library, sessions, lifetimeMs) {
        const stage = new Stage(sandbox, library, sessions, lifetimeMs);
        await stage.startOver();
        return stage;
    }

    constructor(sandbox, library, sessions, lifetimeMs) {
        this.#sandbox = sandbox;
        this.#library = library;
        this.#sessions = sessions;
        this.lifetimeMs = lifetimeMs;
    }

    /** Everything anew: keys, counts, time, and brokers without a token. */
    async startOver() {
        Object.values(this.brokers ?? {}).forEach(({ client }) => client.close());
        await this.#sandbox.control("POST", "/reset");
        this.#clock = new Clock();
        this.#troubles = {};
        this.brokers = {};
        for (const vendor of Object.keys(VENDORS)) {
            await this.#sandbox.control("PATCH", `/${vendor}/settings`, { lifetime_ms: this.lifetimeMs, cors: CORS });
            this.brokers[vendor] = this.#broker(vendor);
        }
        return {};
    }

    /** What a page has to know. */
    about() {
        const { about } = this.#sandbox;
        const vendors = Object.entries(VENDORS).map(([name, { title, path }]) => ({
            name,
            title,
            path,
            api: about[name].http,
        }));
        return { vendors, lifetimeMs: this.lifetimeMs, ahead: this.#clock.ahead };
    }

    /** Brings the time of all to where the page is, and tells what the page cannot see by itself. */
    async look({ vendor, ahead, after }) {
        if (ahead > this.#clock.ahead) {
            const advance_ms = Math.round(ahead - this.#clock.ahead);
            this.#clock.catchUp(ahead);
            await this.#sandbox.control("POST", "/clock", { advance_ms });
        }
        const { client, news } = this.brokers[vendor];
        const counts = await this.#sandbox.control("GET", "/counts");
        return {
            ahead: this.#clock.ahead,
            counts: counts[vendor],
            trouble: this.#troubles[vendor] ?? null,
            broker: client.explain(),
            news: news.filter(({ seq }) => seq > after),
        };
    }

    /** Begins a trouble, or ends all. */
    async trouble({ vendor, trouble }) {
        await this.#end(vendor);
        if (trouble === "deleted") {
            await this.#sandbox.control("DELETE", `/${vendor}/keys/${this.#key(vendor).id}`);
        } else if (trouble) {
            await this.#sandbox.control("POST", `/${vendor}/faults`, { kind: "token", fault: FAULTS[trouble] });
        }
        this.#troubles[vendor] = trouble;
        return {};
    }

    /** The vendor revokes all tokens that it issued. */
    revoke({ vendor }) {
        return this.#sandbox.control("POST", `/${vendor}/tokens/revoke`, {});
    }

    async #end(vendor) {
        await this.#sandbox.control("DELETE", `/${vendor}/faults`);
        await this.#sandbox.control("POST", `/${vendor}/release`, {});
        if (this.#troubles[vendor] !== "deleted") return;
        const { id, secret, name, surface } = this.#key(vendor);
        await this.#sandbox.control("POST", `/${vendor}/keys`, { id, secret, name, surface });
        this.brokers[vendor].client.credentialsChanged();
    }

    #key(vendor) {
        return this.#sandbox.about.keys[VENDORS[vendor].key];
    }

    #broker(vendor) {
        const provider = VENDORS[vendor].provider(this.#library, this.#sandbox.about);
        const clock = this.#clock;
        const client = this.#library.createClient({ provider, clock });
        const news = [];
        let seq = 0;
        client.on("*", (event) => {
            news.push({ seq: ++seq, wall: clock.now().wall, event: told(event) });
            if (news.length > NEWS_KEPT) news.shift();
        });
        const allows = (request) => this.#sessions.allows(request);
        return { client, news, answer: broker(client, { allows, probe: VENDORS[vendor].path }) };
    }
}

/** An event as JSON; an error says in the page what the server's log says. */
function told({ error, ...event }) {
    if (!error) return event;
    const { code, message, fix, status, retryAt } = error;
    return { ...event, error: { code, message, fix, status, retryAt } };
}
