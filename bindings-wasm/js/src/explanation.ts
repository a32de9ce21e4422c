import type { Explanation, Instant } from "../types/index.js";
import type { Failure } from "./errors.js";

/** What the machine does and will do next, as the core writes it. */
export interface Explained {
    readonly now: Instant;
    readonly token: null | {
        readonly generation: number;
        readonly zone: NonNullable<Explanation["token"]>["zone"];
        readonly lifetime_ms: number;
        readonly refresh_at: Instant;
        readonly hard_at: Instant;
        readonly expires_at: Instant;
    };
    readonly flight: {
        readonly state: Explanation["flight"]["state"];
        readonly why?: Explanation["flight"]["why"];
        readonly reason?: Explanation["flight"]["reason"];
        readonly until?: Instant;
        readonly error?: Pick<Failure, "code"> | null;
    };
    readonly waiting: number;
    readonly attempts: number;
    readonly generations: number;
}

/** Of a client that has loaded nothing yet. */
export const UNUSED: Omit<Explained, "now"> = {
    token: null,
    flight: { state: "idle" },
    waiting: 0,
    attempts: 0,
    generations: 0,
};

/** Makes an explanation of what the core tells, with times from now on. */
export function explanation({ now, token, flight, waiting, attempts, generations }: Explained, words: string): Explanation {
    const left = (at: Instant): number => Math.max(0, Math.min(at.mono - now.mono, at.wall - now.wall));
    const { state, why, reason, until, error } = flight;
    return Object.freeze({
        token: token && {
            generation: token.generation,
            zone: token.zone,
            lifetimeMs: token.lifetime_ms,
            refreshInMs: left(token.refresh_at),
            hardInMs: left(token.hard_at),
            expiresInMs: left(token.expires_at),
        },
        flight: {
            state,
            ...(why && { why }),
            ...(reason && { reason }),
            ...(until && { endsInMs: left(until) }),
            ...(error && { error: error.code }),
        },
        waiting,
        requests: attempts,
        tokens: generations,
        toString: () => words,
    });
}
