/** Engines, each with pages. */
export const BROWSERS = ["chromium", "firefox", "webkit"];

/** Runtimes without pages. */
export const RUNTIMES = ["node", "deno", "bun", "workerd"];

/** Every host by name. */
export const HOSTS = [...BROWSERS, ...RUNTIMES];
