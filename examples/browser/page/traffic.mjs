const EVERY_MS = 250;

/** Calls that come one after another, as a busy page makes them. */
export class Traffic {
    #call;
    #timer;
    onchange = () => {};

    constructor(call) {
        this.#call = call;
    }

    get steady() {
        return this.#timer !== undefined;
    }

    start() {
        this.#timer ??= setInterval(this.#call, EVERY_MS);
        this.onchange(true);
    }

    stop() {
        clearInterval(this.#timer);
        this.#timer = undefined;
        this.onchange(false);
    }
}
