// What the build puts in.

/** The bytes of the wasm file, within a script. */
declare module "#inlined" {
    export function bytes(): Uint8Array<ArrayBuffer>;
}

/** The wasm file as workerd's loader makes it. */
declare module "#module" {
    const module: WebAssembly.Module;
    export default module;
}
