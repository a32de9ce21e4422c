const ZONES = {
    none: ["no token yet", "The first call fetches one."],
    fresh: ["fresh", "Calls use it at once."],
    window: ["refresh window", "Calls use it at once; a new one is fetched beside them."],
    hard: ["hard zone", "Calls wait a moment for the new one, then use it."],
    withheld: ["withheld", "The API rejected it; calls wait a moment for another."],
    rejected: ["rejected", "No better one came, so calls get the API's own answer."],
    expired: ["expired", "It is never sent; calls wait for a new one."],
};

/** What `client.explain()` says, made ready to be drawn. */
export class Picture {
    constructor({ token, flight, requests, tokens, waiting }) {
        this.requests = requests;
        this.waiting = waiting;
        this.generation = token?.generation ?? tokens;
        this.zone = token?.zone ?? (tokens > 0 ? "expired" : "none");
        [this.state, this.meaning] = ZONES[this.zone];
        this.life = token;
        this.flight = flight.state;
        this.flightMs = flight.endsInMs ?? 0;
        this.why = flight.why;
    }

    get secondsLeft() {
        return this.life && Math.round(this.life.expiresInMs / 1000);
    }

    /** What is done about the token endpoint, in words. */
    doing(endpoint) {
        if (this.flight === "in_flight") return `Asking ${endpoint} …`;
        if (this.flight !== "paused") return "";
        const seconds = Math.ceil(this.flightMs / 1000);
        const when = `next try in ${seconds} s`;
        return this.why === "same_token" ? `${endpoint} has no newer token yet; ${when}` : `Paused: ${when}`;
    }
}
