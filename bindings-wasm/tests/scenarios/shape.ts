// Shapes of JSON values: a shape reads a value of unknown form, or says what is wrong with it.

import { Failure } from "./envelope.js";

export type Shape<T> = (value: unknown, at: string) => T;

/** The type of what a shape reads. */
export type Of<S> = S extends Shape<infer T> ? T : never;

type Shapes = { readonly [name: string]: Shape<unknown> };
type Members<R extends Shapes, O extends Shapes> = { [K in keyof R]: Of<R[K]> } & { [K in keyof O]?: Of<O[K]> };

function simple<T>(noun: string, is: (value: unknown) => boolean): Shape<T> {
    return (value, at) => {
        if (!is(value)) {
            throw new Failure("malformed", `${at}: ${JSON.stringify(value)} is no ${noun}`);
        }
        return value as T;
    };
}

export const anything: Shape<unknown> = (value) => value;
export const text = simple<string>("text", (value) => typeof value === "string");
export const flag = simple<boolean>("boolean", (value) => typeof value === "boolean");
export const integer = simple<number>("integer", (value) => Number.isSafeInteger(value));
export const natural = simple<number>("natural number", (value) => Number.isSafeInteger(value) && (value as number) >= 0);
export const textOrNull = simple<string | null>("text", (value) => value === null || typeof value === "string");
export const record = simple<{ [name: string]: unknown }>("object", isObject);

/** One of some words. */
export function word<const T extends string>(...words: readonly T[]): Shape<T> {
    return simple<T>(words.join(" or "), (value) => words.includes(value as T));
}

/** A text, or what another shape reads. */
export function textOr<T>(other: Shape<T>): Shape<string | T> {
    return (value, at) => (typeof value === "string" ? value : other(value, at));
}

export function list<T>(of: Shape<T>): Shape<T[]> {
    return (value, at) => {
        if (!Array.isArray(value)) {
            throw new Failure("malformed", `${at}: no list`);
        }
        return value.map((one, index) => of(one, `${at}.${index}`));
    };
}

/** An object whose members' names are free, or of another shape. */
export function map<T, N extends string = string>(of: Shape<T>, name?: Shape<N>): Shape<{ [K in N]?: T }> {
    return (value, at) => {
        const members = Object.entries(record(value, at));
        return Object.fromEntries(members.map(([key, one]) => [name?.(key, at) ?? key, of(one, `${at}.${key}`)])) as {
            [K in N]?: T;
        };
    };
}

/** An object with members that it must have, and members that it may have. */
export function object<R extends Shapes, O extends Shapes>(required: R, optional: O): Shape<Members<R, O>> {
    const shapes: Shapes = { ...required, ...optional };
    return (value, at) => {
        const given = record(value, at);
        for (const name of Object.keys(given)) {
            if (!Object.hasOwn(shapes, name)) {
                throw new Failure("unknown_field", `unknown field \`${name}\` in ${at}`);
            }
        }
        for (const name of Object.keys(required)) {
            if (!Object.hasOwn(given, name)) {
                throw new Failure("malformed", `${at}: \`${name}\` is missing`);
            }
        }
        const members = Object.entries(given).map(([name, one]) => [name, shapes[name]?.(one, `${at}.${name}`)]);
        return Object.fromEntries(members) as Members<R, O>;
    };
}

function isObject(value: unknown): boolean {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
