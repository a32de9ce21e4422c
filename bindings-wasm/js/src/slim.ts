import type { Client } from "../types/index.js";
import type { SlimClientOptions } from "../types/slim.js";
import { clientOf } from "./client.js";
import { refused } from "./errors.js";

export * from "./public.js";

export function createClient(options: SlimClientOptions): Client {
    const { wasm } = options;
    if (wasm === undefined) {
        throw refused("wasm: is missing", "Say where evertoken.wasm is: its URL, its bytes or a WebAssembly.Module.");
    }
    return clientOf(options, async () => (typeof wasm === "function" ? wasm() : wasm));
}
