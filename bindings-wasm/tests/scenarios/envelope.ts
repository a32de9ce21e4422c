// What stands round a scenario: its file, how it must fail if it is wrong on purpose, and how its result is told.

export const KINDS = [
    "malformed",
    "unknown_field",
    "unknown_step",
    "no_expectation",
    "missing_step",
    "wrong_count",
    "extra_request",
    "missing_request",
    "wrong_bytes",
    "wrong_code",
    "wrong_result",
    "wrong_status",
    "wrong_time",
    "wrong_token",
    "wrong_events",
    "wrong_explanation",
    "stuck",
    "secret_shown",
    "not_failed",
    "failed_otherwise",
] as const;

export type Kind = (typeof KINDS)[number];

/** Why a scenario failed, at which step, and what was expected and came instead. */
export class Failure extends Error {
    override readonly name = "Failure";

    constructor(
        readonly kind: Kind,
        public detail: string,
        public step?: number,
    ) {
        super(detail);
    }

    override toString(): string {
        return `${this.step === undefined ? "" : `step ${this.step}: `}${this.kind}: ${this.detail}`;
    }
}

/** A scenario file as it was found; `file` is its path below `core/scenarios`. */
export interface File {
    readonly file: string;
    readonly text: string;
}

export type Outcome =
    | { readonly result: "passed" }
    | { readonly result: "failed"; readonly kind: Kind; readonly step?: number; readonly detail: string };

/** The result of one file, as results files have it. */
export interface Record {
    readonly name: string;
    readonly file: string;
    readonly level: "client";
    readonly assertions: number;
    readonly outcome: Outcome;
}

/** How many comparisons were made. */
export class Count {
    made = 0;
}

/** Runs a file and judges it; what a file that is wrong on purpose came to is turned round. */
export async function record(file: File, run: (count: Count) => Promise<void>): Promise<Record> {
    const count = new Count();
    const failure = judged(file, await failureOf(() => run(count)));
    const { kind, detail, step } = failure ?? {};
    const outcome: Outcome =
        kind === undefined || detail === undefined
            ? { result: "passed" }
            : { result: "failed", kind, detail, ...(step === undefined ? {} : { step }) };
    return { name: title(file), file: file.file, level: "client", assertions: count.made, outcome };
}

async function failureOf(run: () => Promise<void>): Promise<Failure | undefined> {
    try {
        await run();
        return undefined;
    } catch (error) {
        // What nobody foresaw is one file's failure, too.
        return error instanceof Failure ? error : new Failure("wrong_result", String((error as Error)?.stack ?? error));
    }
}

function judged(file: File, failure: Failure | undefined): Failure | undefined {
    const stated = mustFail(file);
    if (stated === undefined) {
        return failure;
    }
    if (failure === undefined) {
        return new Failure("not_failed", `${stated.kind} was not reported`, stated.step);
    }
    if (failure.kind === stated.kind && failure.step === stated.step) {
        return undefined;
    }
    const place = stated.step === undefined ? "" : ` at step ${stated.step}`;
    return new Failure("failed_otherwise", `expected ${stated.kind}${place}, got ${failure}`, failure.step);
}

function title(file: File): string {
    const { name } = document(file);
    return typeof name === "string" ? name : file.file;
}

function mustFail(file: File): { kind: string; step?: number } | undefined {
    const stated = document(file)["must_fail"];
    return typeof stated === "object" && stated !== null ? (stated as { kind: string; step?: number }) : undefined;
}

function document(file: File): { [name: string]: unknown } {
    try {
        const value: unknown = JSON.parse(file.text);
        return typeof value === "object" && value !== null ? (value as { [name: string]: unknown }) : {};
    } catch {
        return {};
    }
}
