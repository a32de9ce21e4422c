/** Writes a name as the core does: `windowMaxMs` as `window_max_ms`. */
export function snake(name: string): string {
    return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Writes the core's names as JavaScript does, in a name or a text. */
export function camel(text: string): string {
    return text.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Returns an object with its names written another way; what is no object stays. */
export function renamed<T>(value: T, write: (name: string) => string): T {
    if (typeof value !== "object" || value === null) {
        return value;
    }
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [write(name), member])) as T;
}
