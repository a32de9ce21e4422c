import type { ErrorClass, ErrorCode, EvertokenError as Declared } from "../types/index.js";

/** What failed, as the glue tells it. */
export interface Failure {
    readonly code: ErrorCode;
    readonly errorClass: ErrorClass;
    readonly retryable: boolean;
    /** Unix milliseconds. */
    readonly retryAt?: number;
    readonly fix: string;
    readonly description?: string;
    readonly status?: number;
    readonly providerCode?: string;
    readonly message: string;
}

export class EvertokenError extends Error implements Omit<Declared, never> {
    declare readonly code: ErrorCode;
    declare readonly errorClass: ErrorClass;
    declare readonly retryable: boolean;
    declare readonly retryAt?: Date;
    declare readonly fix: string;
    declare readonly description?: string;
    declare readonly status?: number;
    declare readonly providerCode?: string;

    constructor({ message, retryAt, ...facts }: Failure, cause?: unknown) {
        super(message, cause === undefined ? undefined : { cause });
        Object.assign(this, facts, retryAt === undefined ? undefined : { retryAt: new Date(retryAt) });
    }
}

export class ConfigurationError extends EvertokenError {}
export class CredentialsError extends EvertokenError {}
export class AccountError extends EvertokenError {}
export class ThrottledError extends EvertokenError {}
export class TransientError extends EvertokenError {}
export class ProtocolError extends EvertokenError {}
export class TransportError extends EvertokenError {}
export class CancelledError extends EvertokenError {}
export class DeadlineError extends EvertokenError {}

const CLASSES = {
    account: AccountError,
    cancelled: CancelledError,
    configuration: ConfigurationError,
    credentials: CredentialsError,
    deadline: DeadlineError,
    protocol: ProtocolError,
    throttled: ThrottledError,
    transient: TransientError,
    transport: TransportError,
} as const;

// Bundlers shorten the names of classes; logs should not show that.
const NAMES: ReadonlyArray<[{ readonly prototype: Error }, string]> = [
    [EvertokenError, "EvertokenError"],
    [ConfigurationError, "ConfigurationError"],
    [CredentialsError, "CredentialsError"],
    [AccountError, "AccountError"],
    [ThrottledError, "ThrottledError"],
    [TransientError, "TransientError"],
    [ProtocolError, "ProtocolError"],
    [TransportError, "TransportError"],
    [CancelledError, "CancelledError"],
    [DeadlineError, "DeadlineError"],
];

/** Makes the error of a failure. */
export function errorOf(failure: Failure, cause?: unknown): EvertokenError {
    named();
    return new CLASSES[failure.errorClass](failure, cause);
}

let areNamed = false;

function named(): void {
    if (!areNamed) {
        areNamed = true;
        for (const [type, name] of NAMES) {
            Object.defineProperty(type.prototype, "name", { value: name, configurable: true, writable: true });
        }
    }
}

/** Makes the error of a wrong option. */
export function refused(description: string, fix: string): EvertokenError {
    return configuration("invalid_option", description, fix);
}

/** Makes the error of a failure that is found before the core is there to describe it. */
export function configuration(code: ErrorCode, description: string, fix: string, cause?: unknown): EvertokenError {
    const message = `${code}: ${description}. ${fix}`;
    return errorOf({ code, errorClass: "configuration", retryable: false, fix, description, message }, cause);
}

/** Says whether the glue threw this. */
export function isFailure(thrown: unknown): thrown is Failure {
    return typeof thrown === "object" && thrown !== null && "errorClass" in thrown && !(thrown instanceof Error);
}
