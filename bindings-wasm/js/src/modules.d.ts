// What the build puts in.

/** The wasm file, deflated (RFC 1950), within the script. */
declare module "#deflated" {
    const bytes: Uint8Array<ArrayBuffer>;
    export default bytes;
}

/** The wasm file as workerd's loader makes it. */
declare module "#module" {
    const module: WebAssembly.Module;
    export default module;
}
