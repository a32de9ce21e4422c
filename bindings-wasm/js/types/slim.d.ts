import type { Client, ClientOptions } from "./index.js";

export * from "./index.js";

/** The package's `evertoken.wasm`: where it is, its bytes, or what the platform made of it. */
export type WasmSource = string | URL | Response | ArrayBuffer | ArrayBufferView | WebAssembly.Module;

// Node's own types have no WebAssembly.
declare global {
    namespace WebAssembly {
        interface Module {}
    }
}

export interface SlimClientOptions extends ClientOptions {
    /** The wasm, a promise of it, or a function that is asked on first use, and again after a failure. */
    readonly wasm: WasmSource | Promise<WasmSource> | (() => WasmSource | Promise<WasmSource>);
}

/** Makes a client that loads the wasm from where it is told. */
export declare function createClient(options: SlimClientOptions): Client;
