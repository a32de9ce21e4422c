import type { Machine } from "#glue";

import type { Failure } from "./errors.js";
import type { Told } from "./events.js";
import type { Start } from "./flight.js";
import type { Held } from "./snapshot.js";

/** What comes of one input: what is to be carried out, then the verdict that the caller obeys. */
export interface Step {
    readonly verdict:
        | { readonly type: "use" | "retry_with"; readonly snapshot: Held }
        | { readonly type: "wait"; readonly ticket: number; readonly untilMono: number }
        | { readonly type: "retry_after"; readonly ms: number }
        | { readonly type: "fail"; readonly failure: Failure }
        | { readonly type: "surface" | "done" };
    readonly published: Held | null;
    readonly givenUp: readonly number[];
    readonly starts: readonly Start[];
    readonly settled: readonly ({ readonly ticket: number } & Answer)[];
    readonly alarmIsEarlier: boolean;
    readonly events: readonly Told[];
}

/** What a caller that waits is answered with: one of the two. */
export interface Answer {
    readonly snapshot?: Held;
    readonly failure?: Failure;
}

/** A caller that waits. */
export interface Seat {
    answer?: Answer;
    wake?: () => void;
}

/** Calls the machine at a time, with a random number. */
export type Input = (machine: Machine, mono: number, wall: number, entropy: bigint) => Step;
