import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { StandingClock } from "../clock.mjs";
import { Origin, settle } from "./origin.mjs";

const source = fileURLToPath(new URL("../../../js/src/tabs.ts", import.meta.url));
const { outputFiles } = await build({ entryPoints: [source], bundle: true, write: false, format: "esm" });
const code = Buffer.from(outputFiles[0].contents).toString("base64");
export const { Tabs } = await import(`data:text/javascript;base64,${code}`);

export const LIFE_MS = 3_600_000;

/** A client in a tab, which takes what is newer than what it has and not refused. */
export class Client {
    clock = new StandingClock();
    refused = new Set();
    token;

    constructor(tab, name = "grant") {
        this.tab = tab;
        this.tabs = Tabs.open(name, this, tab.scope);
    }

    held() {
        return this.token;
    }

    adopt(token) {
        if (this.refused.has(token.token) || (this.token?.issuedAtWall ?? 0) >= token.issuedAtWall) {
            return false;
        }
        this.token = token;
        return true;
    }

    /** Asks for the turn; `turn` is there when it has come. */
    ask(signal = new AbortController().signal) {
        this.turn = undefined;
        this.asked = this.tabs.turn(signal).then((turn) => (this.turn = turn));
        return settle();
    }

    /** Has sent the request and gives the token to the others. */
    async fetched(name) {
        this.token = token(name, this.clock.now().wall);
        this.turn.share(this.token);
        this.turn.release();
        await settle();
    }
}

export function token(name, issuedAtWall) {
    const header = { headerName: "authorization", headerValue: `Bearer ${name}` };
    return { ...header, token: name, issuedAtWall, lifetimeMs: LIFE_MS, remainingMs: LIFE_MS };
}

/** So many tabs of one origin, with a client each. */
export function clients(count) {
    const origin = new Origin();
    return [origin, ...Array.from({ length: count }, () => new Client(origin.tab()))];
}

/** A tab that has fetched a token, with its client. */
export async function fetched(client, name = "first") {
    await client.ask();
    await client.fetched(name);
}
