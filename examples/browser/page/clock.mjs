/**
 * The demo's time: runs as the real one, faster on demand, and can sleep as a closed laptop does.
 *
 * It is the library's documented test hook. How far it is ahead of the real time is one number that page, server and
 * sandbox share.
 */
export class Clock {
    #timers = new Set();
    #slept = 0;

    constructor(ahead = 0) {
        this.ahead = ahead;
    }

    now() {
        return {
            mono: Math.floor(performance.now() + this.ahead - this.#slept),
            wall: Math.floor(Date.now() + this.ahead),
        };
    }

    entropy() {
        return crypto.getRandomValues(new BigUint64Array(1))[0];
    }

    setTimer(ms, callback, background) {
        const timer = { due: this.now().mono + ms, callback, background };
        this.#timers.add(timer);
        this.#arm(timer);
        return () => {
            clearTimeout(timer.handle);
            this.#timers.delete(timer);
        };
    }

    /** Moves on to where somebody else is already; never back. */
    catchUp(ahead) {
        if (ahead <= this.ahead) return;
        this.ahead = ahead;
        this.#timers.forEach((timer) => this.#arm(timer));
    }

    /** The wall clock goes on, the monotonic one stands still, and nothing of the page runs. */
    sleep(ms) {
        this.ahead += ms;
        this.#slept += ms;
    }

    #arm(timer) {
        clearTimeout(timer.handle);
        const fire = () => {
            this.#timers.delete(timer);
            timer.callback();
        };
        timer.handle = setTimeout(fire, Math.min(Math.max(0, timer.due - this.now().mono), LONGEST_MS));
        if (timer.background) timer.handle.unref?.();
    }
}

const LONGEST_MS = 2 ** 31 - 1;
