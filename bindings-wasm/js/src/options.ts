import { refused } from "./errors.js";

/** Returns options of which every name is known: a misspelt one would do nothing. */
export function known<T extends object>(of: string, options: T | undefined, names: string): T {
    const listed = names.split(" ").join(", ");
    if (typeof options !== "object" || options === null) {
        throw refused(`${of}: has no options`, `Give an object with ${listed}.`);
    }
    const unknown = Object.keys(options).find((name) => !names.split(" ").includes(name));
    if (unknown !== undefined) {
        throw refused(`${unknown}: is no option of ${of}`, `Its options are ${listed}.`);
    }
    return options;
}
