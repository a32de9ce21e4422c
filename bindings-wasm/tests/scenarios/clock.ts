// Virtual time: both clocks, the timers and the random numbers of the clients, moved by the runner alone.

import { turn } from "./turn.js";

/** When every file begins: 2027-01-15 08:00:00 UTC, in Unix milliseconds. */
export const START_MS = 1_800_000_000_000;

/** The entropy with which every draw takes its lowest value. */
const LOWEST = "61c8864680b583eb";

interface Timer {
    readonly dueMono: number;
    readonly callback: () => void;
    readonly background: boolean;
}

/**
 * Clocks and timers that stand still until they are moved.
 *
 * Moving the clocks and firing the timers are two things, because what a server answers at an instant is handed over
 * before the timers of that instant fire.
 */
export class VirtualClock {
    /** How many timers have fired. */
    fired = 0;
    #mono = 5_000_000; // any number but the wall clock's
    #wall = START_MS;
    readonly #entropy: bigint;
    readonly #timers = new Set<Timer>();

    constructor(entropy = LOWEST) {
        this.#entropy = BigInt(`0x${entropy}`);
    }

    // What a client asks.

    readonly now = (): { mono: number; wall: number } => ({ mono: this.#mono, wall: this.#wall });

    readonly entropy = (): bigint => this.#entropy;

    readonly setTimer = (ms: number, callback: () => void, background = false): (() => void) => {
        const timer = { dueMono: this.#mono + Math.max(ms, 0), callback, background };
        this.#timers.add(timer);
        if (ms <= 0) {
            void turn().then(() => this.#fire(timer));
        }
        return () => this.#timers.delete(timer);
    };

    // What the runner does.

    /** Moves both clocks; no timer fires. */
    advance(ms: number): void {
        this.#mono += ms;
        this.#wall += ms;
    }

    /** Moves the wall clock alone, as a sleep of the machine does and whoever sets it. */
    stepWall(ms: number): void {
        this.#wall += ms;
    }

    /** How many timers are set. */
    timers(): number {
        return this.#timers.size;
    }

    /** How many calls wait by the clock. */
    calls(): number {
        return [...this.#timers].filter((timer) => !timer.background).length;
    }

    /** How many token requests are under way: each has a timer for its deadline, in the background. */
    attempts(): number {
        return this.timers() - this.calls();
    }

    /** How long it is to the next timer; 0 when one is due. */
    nextDueMs(): number {
        const due = [...this.#timers].map((timer) => timer.dueMono);
        return Math.max(Math.min(...due) - this.#mono, 0);
    }

    /** Fires the timers that are due, the earliest first and of one instant the one that was set first. */
    fire(): boolean {
        const due = [...this.#timers].filter((timer) => timer.dueMono <= this.#mono);
        due.sort((a, b) => a.dueMono - b.dueMono).forEach((timer) => this.#fire(timer));
        return due.length > 0;
    }

    #fire(timer: Timer): void {
        if (this.#timers.delete(timer)) {
            this.fired += 1;
            timer.callback();
        }
    }
}
