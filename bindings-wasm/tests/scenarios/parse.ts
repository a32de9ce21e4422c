// A file's text as a scenario: everything that can be wrong with it before it runs.

import { Failure } from "./envelope.js";
import {
    ACTIONS, assertions, assertionsOfCall, FILE, forms, MAIN,
    type Action, type Begin, type Expect, type Scenario,
} from "./format.js";

/** Reads a file; throws what the format does not have, what no step brought about, and what expects nothing. */
export function parse(text: string): Scenario {
    const { clients, entropy, steps } = FILE(json(text), "the file");
    const scenario = { clients, entropy, steps: steps.map((step, at) => placed(at, () => action(step))) };
    check(scenario);
    return scenario;
}

/** The client that a step is about; undefined for one that is about none. */
export function clientOf(action: Action): string | undefined {
    switch (action.does) {
        case "headers":
        case "token":
        case "request":
        case "credentials_changed":
        case "invalidate":
        case "retry":
        case "logout":
        case "close":
            return action.of.client ?? MAIN;
        default:
            return undefined;
    }
}

/** Whether a step begins calls. */
export function begins(action: Action): action is Begin {
    return action.does === "headers" || action.does === "token" || action.does === "request";
}

function json(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch (error) {
        throw new Failure("malformed", String(error));
    }
}

/** Gives what is wrong with a step its place. */
function placed<T>(at: number, read: () => T): T {
    try {
        return read();
    } catch (error) {
        if (error instanceof Failure) {
            error.step = at;
        }
        throw error;
    }
}

function action(step: unknown): Action {
    if (typeof step !== "object" || step === null || Array.isArray(step)) {
        throw new Failure("malformed", "a step is an object");
    }
    const { note = "", ...members } = step as { [name: string]: unknown };
    const names = Object.keys(members);
    for (const name of names) {
        if (!Object.hasOwn(ACTIONS, name)) {
            throw new Failure("unknown_step", `unknown step \`${name}\``);
        }
    }
    const [name] = names as (keyof typeof ACTIONS)[];
    if (name === undefined || names.length !== 1 || typeof note !== "string") {
        throw new Failure("malformed", `a step is one of ${Object.keys(ACTIONS).join(", ")}`);
    }
    return { does: name, of: ACTIONS[name](members[name], name) } as Action;
}

function check(scenario: Scenario): void {
    const begun = new Set<string>();
    let made = 0;
    scenario.steps.forEach((step, at) =>
        placed(at, () => {
            for (const client of clients(step)) {
                if (!Object.hasOwn(scenario.clients, client)) {
                    throw new Failure("missing_step", `the client \`${client}\` is made nowhere`);
                }
            }
            if (begins(step)) {
                if (begun.has(step.of.as)) {
                    throw new Failure("malformed", `another call is named \`${step.of.as}\``);
                }
                begun.add(step.of.as);
            }
            for (const call of calls(step)) {
                if (!begun.has(call)) {
                    throw new Failure("missing_step", `the call \`${call}\` is made nowhere`);
                }
            }
            if (step.does === "expect") {
                checkExpect(step.of);
                made += assertions(step.of);
            }
        }),
    );
    if (made === 0) {
        throw new Failure("no_expectation", "no step expects anything");
    }
}

function checkExpect(expect: Expect): void {
    if (assertions(expect) === 0) {
        throw new Failure("no_expectation", "the step expects nothing");
    }
    for (const [name, call] of Object.entries(expect.calls ?? {})) {
        const others = Object.values(call.hidden ?? {});
        for (const is of [call, ...others]) {
            if (forms(is) !== 1) {
                throw new Failure("malformed", `\`${name}\` is to be one thing, not ${forms(is)}`);
            }
            if (is.status === undefined && (is.body !== undefined || is.headers !== undefined)) {
                throw new Failure("malformed", `\`${name}\`: body and headers go with a status`);
            }
        }
        if (others.some((other) => assertionsOfCall(other) !== assertionsOfCall(call))) {
            throw new Failure("malformed", `\`${name}\`: what is hidden is compared as often as what is shown`);
        }
    }
}

function clients(step: Action): string[] {
    if (step.does === "expect") {
        return [...Object.keys(step.of.events ?? {}), ...Object.keys(step.of.explain ?? {})];
    }
    const client = clientOf(step);
    return client === undefined ? [] : [client];
}

function calls(step: Action): string[] {
    if (step.does === "expect") {
        return Object.keys(step.of.calls ?? {});
    }
    return step.does === "cancel" ? [step.of.call] : [];
}
