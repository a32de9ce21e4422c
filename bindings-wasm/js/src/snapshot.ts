import type { Instant, TokenResponse } from "../types/index.js";

/** A token as the glue tells it: `askAt` and `useUntil` bound what a client decides by itself. */
export interface Held {
    readonly generation: number;
    readonly revision: number;
    readonly headerName: string;
    readonly headerValue: string;
    readonly token: string;
    readonly askAt: Instant;
    readonly useUntil: Instant;
    readonly issuedAt: Instant;
    readonly lifetimeMs: number;
}

/** A token as callers see it; all who ask get the same objects. */
export class Snapshot {
    readonly headers: Readonly<Record<string, string>>;
    /** The same as a promise, made once. */
    readonly promised: Promise<Readonly<Record<string, string>>>;

    constructor(readonly held: Held) {
        this.headers = Object.freeze({ [held.headerName]: held.headerValue });
        this.promised = Promise.resolve(this.headers);
    }

    /** Says whether it serves without asking the machine. */
    isFresh(now: Instant): boolean {
        const { askAt } = this.held;
        return now.mono < askAt.mono && now.wall < askAt.wall;
    }

    /** Says whether it serves; from `askAt` on the machine wants to be asked as well. */
    isUsable(now: Instant): boolean {
        const { useUntil } = this.held;
        return now.mono < useUntil.mono && now.wall < useUntil.wall;
    }

    /** Returns it as a token endpoint answers (RFC 6749 section 5.1). */
    response(now: Instant): TokenResponse {
        const { token, headerValue, issuedAt, lifetimeMs } = this.held;
        const age = Math.max(now.mono - issuedAt.mono, now.wall - issuedAt.wall);
        return {
            access_token: token,
            token_type: headerValue.slice(0, -token.length).trim() || "Bearer",
            expires_in: Math.max(0, Math.floor((lifetimeMs - age) / 1000)),
        };
    }
}
