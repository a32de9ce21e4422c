import { HOSTS } from "./names.mjs";

export { BROWSERS, HOSTS, RUNTIMES } from "./names.mjs";

/**
 * Starts a host.
 *
 * Options: `caFile`, a PEM file that runtimes trust besides their own (browsers here accept every certificate); for workerd
 * also `bindings` (its environment), `compatibility` (its date) and `flags`.
 */
export async function launch(name, options = {}) {
    if (!HOSTS.includes(name)) {
        throw new Error(`${name}: no such host; there are ${HOSTS.join(", ")}`);
    }
    const { start } = await import(`./${name}.mjs`);
    return start(options);
}
