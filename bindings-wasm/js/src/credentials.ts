import type { Credentials, Secrets } from "../types/index.js";
import { renamed, snake } from "./casing.js";
import { refused } from "./errors.js";
import { environment } from "./host.js";

/** A credential that a provider asks for, and the environment variable that may hold it. */
export interface Field {
    readonly name: string;
    readonly env?: string | null;
}

/** Returns the credentials of now: given, asked for, or completed from the environment variables of the provider. */
export async function obtain(given: Credentials | undefined, fields: readonly Field[]): Promise<Secrets> {
    const isAsked = typeof given === "function";
    const names = new Set(fields.map(({ name }) => name));
    // As JavaScript writes them, too: `clientId` for `client_id`.
    const written = (name: string): string => (!names.has(name) && names.has(snake(name)) ? snake(name) : name);
    const known: Record<string, string> = renamed({ ...checked(isAsked ? await given() : (given ?? {})) }, written);
    if (isAsked) {
        return known;
    }
    for (const { name, env } of fields) {
        const found = known[name] === undefined && env ? environment(env) : undefined;
        if (found !== undefined) {
            known[name] = found;
        }
    }
    return known;
}

/** Returns what was given by name, without what was left out; never shows a value that is none. */
export function checked(secrets: unknown): Secrets {
    if (typeof secrets !== "object" || secrets === null) {
        throw refused("credentials: is no object", "Give the credentials as an object of texts by name.");
    }
    const known = Object.entries(secrets).filter(([, value]) => value !== undefined);
    for (const [name, value] of known) {
        if (typeof value !== "string") {
            throw refused(`credentials.${name}: is no text`, "Give the credentials as an object of texts by name.");
        }
    }
    return Object.fromEntries(known) as Secrets;
}
