import deflated from "#deflated";

/** The wasm file out of this script, which holds it deflated: no server makes base64 as small. */
export function bytes(): Promise<ArrayBuffer> {
    const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).arrayBuffer();
}
