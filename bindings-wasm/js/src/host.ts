/** What runs us. Looked up at each use: nothing happens at import, and tests may change it. */

interface Globals {
    readonly Deno?: unknown;
    readonly Bun?: unknown;
    readonly WebSocketPair?: unknown;
    readonly document?: unknown;
    readonly WorkerGlobalScope?: new () => object;
    readonly process?: {
        readonly versions?: { readonly node?: string };
        readonly env?: Record<string, string | undefined>;
        getBuiltinModule?(name: string): unknown;
    };
}

const globals = globalThis as Globals;

/** Says whether we run in a page or in a worker of one: whoever opens it can read what it was given. */
export function isBrowser(): boolean {
    if (typeof globals.document === "object" && globals.document !== null) {
        return true;
    }
    const elsewhere = globals.Deno ?? globals.Bun ?? globals.WebSocketPair ?? globals.process?.versions?.node;
    const scope = globals.WorkerGlobalScope;
    return elsewhere === undefined && typeof scope === "function" && globalThis instanceof scope;
}

/** Says whether we run in Cloudflare's workerd, where what a request began ends with it. */
export function isWorkerd(): boolean {
    return globals.WebSocketPair !== undefined && !isBrowser();
}

/** Says whether we run in Node itself and not in one of those that pass for it. */
export function isNode(): boolean {
    const others = globals.Deno ?? globals.Bun ?? globals.WebSocketPair;
    return others === undefined && globals.process?.versions?.node !== undefined && !isBrowser();
}

/** Reads an environment variable where there are any and we may. */
export function environment(name: string): string | undefined {
    try {
        return isBrowser() ? undefined : globals.process?.env?.[name];
    } catch {
        return undefined;
    }
}

/** Runs a function in a certain asynchronous context, which servers hang a request's data on. */
export type Context = <T>(run: () => T) => T;

/** Returns the context of now: what is begun in it belongs to no later caller. */
export function currentContext(): Context {
    try {
        const hooks = globals.process?.getBuiltinModule?.("node:async_hooks") as
            | { readonly AsyncResource?: new (type: string) => { runInAsyncScope: Context } }
            | undefined;
        if (hooks?.AsyncResource !== undefined) {
            const resource = new hooks.AsyncResource("evertoken");
            return (run) => resource.runInAsyncScope(run);
        }
    } catch {
        // There is no such context.
    }
    return (run) => run();
}
