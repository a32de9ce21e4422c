import type { Client } from "../types/index.js";
import type { SlimClientOptions } from "../types/slim.js";
import { clientOf } from "./client.js";
import { refused } from "./errors.js";

export * from "./public.js";

export function createClient(options: SlimClientOptions): Client {
    const wasm = options?.wasm;
    if (wasm === undefined) {
        throw refused("wasm: is missing", "Say where evertoken.wasm is: its URL, its bytes or a WebAssembly.Module.");
    }
    if (wasm instanceof Promise) {
        // The first use hears of a failure, and that may be much later.
        wasm.catch(() => undefined);
    }
    return clientOf(options, async () => (typeof wasm === "function" ? wasm() : wasm));
}
