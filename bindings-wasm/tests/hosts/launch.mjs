/** Engines, each with pages. */
export const BROWSERS = ["chromium", "firefox", "webkit"];

/** Runtimes without pages. */
export const RUNTIMES = ["node", "deno", "bun", "workerd"];

/** Every host by name. */
export const HOSTS = [...BROWSERS, ...RUNTIMES];

/**
 * Starts a host.
 *
 * Options: `caFile`, a PEM file that runtimes trust besides their own (browsers here accept every certificate);
 * `bindings`, the texts in the environment of workers.
 */
export async function launch(name, options = {}) {
    if (!HOSTS.includes(name)) {
        throw new Error(`${name}: no such host; there are ${HOSTS.join(", ")}`);
    }
    const { start } = await import(`./${name}.mjs`);
    return start(options);
}
