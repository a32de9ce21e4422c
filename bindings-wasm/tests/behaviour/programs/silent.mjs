/** What importing the package and making a client touch, of all that they should not. */
export default async function silent() {
    const touched = [];
    const watched = [
        [globalThis, "fetch"],
        [globalThis, "setTimeout"],
        [globalThis, "setInterval"],
        [globalThis, "addEventListener"],
        [globalThis, "BroadcastChannel"],
        [globalThis, "atob"],
        [globalThis.document, "addEventListener"],
        [globalThis.navigator?.locks, "request"],
        [globalThis.crypto, "getRandomValues"],
        [globalThis.WebAssembly, "compile"],
        [globalThis.WebAssembly, "instantiate"],
        [globalThis.WebAssembly, "instantiateStreaming"],
        [globalThis.process, "on"],
        ...Object.keys(console).map((name) => [console, name]),
    ];
    const own = [];
    for (const [owner, name] of watched) {
        const value = owner?.[name];
        if (typeof value === "function" && Object.getOwnPropertyDescriptor(owner, name)?.writable !== false) {
            own.push([owner, name, Object.getOwnPropertyDescriptor(owner, name)]);
            owner[name] = function (...args) {
                touched.push(name);
                return new.target === undefined ? value.apply(this, args) : new value(...args);
            };
        }
    }
    const globals = new Set(Reflect.ownKeys(globalThis));
    try {
        const evertoken = await import("evertoken");
        await import("evertoken/slim");
        const client = evertoken.createClient({
            provider: evertoken.broker("https://example.com/token", { api: "https://example.com/api" }),
        });
        client.on("*", () => touched.push("a listener"));
        client.explain();
        client.cachedHeaders();
        await new Promise((resolve) => queueMicrotask(resolve));
    } finally {
        for (const [owner, name, descriptor] of own) {
            delete owner[name];
            if (descriptor !== undefined) {
                Object.defineProperty(owner, name, descriptor);
            }
        }
    }
    // Deno notes in a global that a module of Node's was asked for.
    const added = Reflect.ownKeys(globalThis)
        .filter((key) => !globals.has(key) && key !== "nodeBootstrap")
        .map(String);
    return { touched, added, watched: own.length };
}
