import init, * as module from "#glue";

import type { WasmSource } from "../types/slim.js";
import { configuration, errorOf, EvertokenError, isFailure } from "./errors.js";

/** The core, compiled. */
export type Glue = typeof module;

/** Gets hold of the wasm; asked on first use, and again after a failure. */
export type LoadWasm = () => WasmSource | Promise<WasmSource>;

let loading: Promise<Glue> | undefined;

/** Loads the wasm, once for all clients; one that could not be loaded is tried again. */
export function load(wasm: LoadWasm): Promise<Glue> {
    loading ??= start(wasm).catch((error: unknown) => {
        loading = undefined;
        throw error;
    });
    return loading;
}

async function start(wasm: LoadWasm): Promise<Glue> {
    try {
        const source = await wasm();
        if (source instanceof Response && !source.ok) {
            throw new TypeError(`the answer has the status ${source.status}`);
        }
        await init({ module_or_path: source });
        return module;
    } catch (cause) {
        throw cause instanceof EvertokenError ? cause : unloadable(cause);
    }
}

function unloadable(cause: unknown): EvertokenError {
    const isRefused = typeof WebAssembly === "undefined" || cause instanceof WebAssembly.CompileError;
    const description = "the wasm of this package could not be loaded";
    if (isRefused) {
        const fix =
            "Check that the wasm of this version is what is loaded, and that WebAssembly is allowed: " +
            "a Content-Security-Policy needs script-src 'wasm-unsafe-eval'.";
        return configuration("invalid_option", description, fix, cause);
    }
    const code = "transport_failed";
    const fix = "Check that the wasm of this version is served where it is looked for; the next call tries again.";
    const message = `${code}: ${description}. ${fix}`;
    return errorOf({ code, errorClass: "transport", retryable: true, fix, description, message }, cause);
}

/** Calls the core; what it throws becomes an error with a code, and so does a trap. */
export function guarded<T>(call: () => T): T {
    try {
        return call();
    } catch (thrown) {
        if (isFailure(thrown)) {
            throw errorOf(thrown);
        }
        if (thrown instanceof EvertokenError) {
            throw thrown;
        }
        const fix = "Report it with what was called; a new page or process helps for now.";
        throw configuration("misuse", "the token machine broke off", fix, thrown);
    }
}

/** Says whether the core broke off, so that nothing of it can be relied on. */
export function isTrap(error: unknown): boolean {
    return error instanceof EvertokenError && error.cause instanceof WebAssembly.RuntimeError;
}
