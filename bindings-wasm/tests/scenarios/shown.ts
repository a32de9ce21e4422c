// Everything that clients have shown to their users beside tokens, and the secrets that must not stand in it.

import type { Scenario } from "./format.js";
import type { World } from "./world.js";

/** Shorter secrets may stand in any text by chance. */
const SHORTEST = 8;

/** How deep a value is looked into. */
const DEPTH = 12;

const METHODS = ["debug", "error", "info", "log", "trace", "warn"] as const;

/** Keeps what is logged while a file runs. */
export class Log {
    readonly texts: string[] = [];
    readonly #before = METHODS.map((method) => [method, console[method]] as const);

    constructor() {
        for (const method of METHODS) {
            console[method] = (...values: unknown[]) => this.texts.push(values.flatMap(texts).join("\n"));
        }
    }

    end(): void {
        for (const [method, log] of this.#before) {
            console[method] = log;
        }
    }
}

/** Collects errors, events, explanations and clients, as they print, as they are written as JSON, and all their members. */
export function* shown(world: World): Iterable<string> {
    for (const events of world.events.values()) {
        yield* texts(events);
    }
    for (const [, made] of world.made()) {
        if ("error" in made) {
            yield* texts(made.error);
        } else {
            yield* texts(made.client);
            yield* texts(made.client.provider);
            yield* texts(made.client.explain());
        }
    }
    for (const { returned } of [...world.calls.values()].flat()) {
        if (returned?.as === "error" || returned?.as === "http_failure" || returned?.as === "crash") {
            yield* texts(returned.error);
        }
    }
}

/** What must stand in no text: the file's secrets and every token. */
export function secrets(scenario: Scenario, tokens: Iterable<string>): string[] {
    const clients = Object.values(scenario.clients).map((client) => client.credentials ?? {});
    const changes = scenario.steps.map((step) => (step.does === "credentials_changed" ? step.of.credentials : {}));
    const named = [...clients, ...changes].flatMap((given) => Object.entries(given));
    const ours = named.filter(([name]) => name !== "client_id" && name !== "key").map(([, value]) => value);
    return [...ours, ...tokens].filter((secret) => secret.length >= SHORTEST);
}

/** All texts in which a value shows itself. */
function texts(value: unknown): string[] {
    return [printed(value), ...members(value, DEPTH, new Set())];
}

interface Printer {
    inspect(value: unknown, options: { depth: number }): string;
}

/** As a runtime prints it; a browser's console shows the members. */
function printed(value: unknown): string {
    const { process } = globalThis as { process?: { getBuiltinModule?(name: string): Printer | undefined } };
    return process?.getBuiltinModule?.("node:util")?.inspect(value, { depth: DEPTH }) ?? String(value);
}

function members(value: unknown, depth: number, seen: Set<unknown>): string[] {
    if (typeof value !== "object" || value === null) {
        return [String(value)];
    }
    if (depth === 0 || seen.has(value)) {
        return [];
    }
    seen.add(value);
    const own = Object.entries(Object.getOwnPropertyDescriptors(value));
    const inside = own.flatMap(([name, { value }]) => [name, ...members(value, depth - 1, seen)]);
    return [String(value), json(value), ...inside];
}

function json(value: object): string {
    try {
        return JSON.stringify(value) ?? "";
    } catch {
        return "";
    }
}
