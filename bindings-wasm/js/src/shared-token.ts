/** A token in a form that means the same in every tab: no monotonic clock. */
export interface SharedToken {
    readonly headerName: string;
    readonly headerValue: string;
    readonly token: string;
    /** When its request was sent, in Unix milliseconds. */
    readonly issuedAtWall: number;
    readonly lifetimeMs: number;
    /** What its sender saw left of it. */
    readonly remainingMs: number;
}

const LENGTH_MAX = 65_536;
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\x20-\x7e]+$/;

/** Reads a token out of what another script of the origin has posted; `undefined` if it is none. */
export function readSharedToken(value: unknown): SharedToken | undefined {
    if (typeof value !== "object" || value === null) {
        return undefined;
    }
    const { headerName, headerValue, token, issuedAtWall, lifetimeMs, remainingMs } = value as Record<string, unknown>;
    return isText(headerName, NAME) &&
        isText(headerValue, VALUE) &&
        isText(token, VALUE) &&
        isCount(issuedAtWall) &&
        isCount(lifetimeMs) &&
        isCount(remainingMs)
        ? { headerName, headerValue, token, issuedAtWall, lifetimeMs, remainingMs }
        : undefined;
}

function isText(value: unknown, shape: RegExp): value is string {
    return typeof value === "string" && value.length <= LENGTH_MAX && shape.test(value);
}

function isCount(value: unknown): value is number {
    return Number.isSafeInteger(value) && (value as number) >= 0;
}
