import { ask, OPEN_CORS, VENDORS } from "../hosts/control.mjs";

/** The sandbox as a case sees it. It keeps the platform's own `fetch`: cases replace the global one. */
export class Control {
    #fetch = globalThis.fetch.bind(globalThis);

    /** `line` is the sandbox's start line. */
    constructor(line) {
        this.line = line;
    }

    ask(method, path, body) {
        return ask(this.#fetch, this.line.control, method, path, body);
    }

    /** Everything anew, every vendor open to pages of every origin. */
    async reset() {
        await this.ask("POST", "/reset");
        await Promise.all(VENDORS.map((vendor) => this.settings({ cors: { ...OPEN_CORS, max_age_s: 600 } }, vendor)));
    }

    settings(changes, vendor = "oauth2") {
        return this.ask("PATCH", `/${vendor}/settings`, changes);
    }

    /** Adds a fault to the answers of a kind: `token` or `api`. */
    fault(kind, fault, rule = {}, vendor = "oauth2") {
        return this.ask("POST", `/${vendor}/faults`, { kind, fault, ...rule });
    }

    /** No faults any more. */
    mend(vendor = "oauth2") {
        return this.ask("DELETE", `/${vendor}/faults`);
    }

    release(kind, vendor = "oauth2") {
        return this.ask("POST", `/${vendor}/release`, { kind });
    }

    /** Revokes every token that was issued. */
    revoke(vendor = "oauth2") {
        return this.ask("POST", `/${vendor}/tokens/revoke`, {});
    }

    /** What arrived, oldest first; preflights only if asked for. */
    async log(kind, vendor = "oauth2") {
        const entries = await this.ask("GET", `/log?vendor=${vendor}${kind === undefined ? "" : `&kind=${kind}`}`);
        return entries.map((entry) => ({ ...entry, headers: Object.fromEntries(entry.headers) }));
    }

    /** How many token requests arrived. */
    async tokens(vendor = "oauth2") {
        return (await this.ask("GET", "/counts"))[vendor].token;
    }

    /** How many API calls arrived. */
    async calls(vendor = "oauth2") {
        return (await this.ask("GET", "/counts"))[vendor].api;
    }

    /** How many answers are held. */
    async held() {
        return (await this.ask("GET", "/idle")).held;
    }
}
