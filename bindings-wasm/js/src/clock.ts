import type { Clock, Instant } from "../types/index.js";

export type { Clock } from "../types/index.js";

/** A longer timer fires at once in every engine. */
const LONGEST_MS = 2 ** 31 - 1;

/** The clocks, random numbers and timers of the platform. */
export const systemClock: Clock = {
    now: (): Instant => ({ mono: performance.now(), wall: Date.now() }),

    entropy: (): bigint => crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n,

    setTimer(ms: number, callback: () => void, background = false): () => void {
        const timer: unknown = setTimeout(callback, Math.min(Math.ceil(ms), LONGEST_MS));
        if (background) {
            // A number in browsers.
            (timer as { unref?: () => void }).unref?.();
        }
        return () => clearTimeout(timer as number);
    },
};
