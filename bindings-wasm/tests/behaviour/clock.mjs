/** A clock for `createClient` that stands still until it is told otherwise. */
export class StandingClock {
    #mono = 1_000_000;
    #wall = Date.now();
    #timers = new Map();
    #count = 0;

    /** The longest timer that was ever asked for. */
    longestMs = 0;

    now() {
        return { mono: this.#mono, wall: this.#wall };
    }

    entropy() {
        return 1n << 63n;
    }

    setTimer(ms, callback) {
        this.longestMs = Math.max(this.longestMs, ms);
        const id = (this.#count += 1);
        this.#timers.set(id, { due: this.#mono + ms, callback });
        return () => void this.#timers.delete(id);
    }

    /** How many timers run. */
    get timers() {
        return this.#timers.size;
    }

    /** Moves both clocks and runs what is due, in order. */
    advance(ms) {
        const end = this.#mono + ms;
        for (let next = this.#due(end); next !== undefined; next = this.#due(end)) {
            const [id, { due, callback }] = next;
            this.#timers.delete(id);
            this.sleep(Math.max(0, due - this.#mono));
            callback();
        }
        this.sleep(end - this.#mono);
    }

    /** Moves both clocks while timers stand still, as a suspended or throttled page sees it. */
    sleep(ms) {
        this.#mono += ms;
        this.#wall += ms;
    }

    /** Sets the wall clock forward, or back. */
    step(ms) {
        this.#wall += ms;
    }

    #due(end) {
        return [...this.#timers].filter(([, { due }]) => due <= end).sort(([, a], [, b]) => a.due - b.due)[0];
    }
}
