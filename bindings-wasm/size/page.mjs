// What a page loads, as its users bundle it.

import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

/** Bundles a page for browsers and minifies it; the bytes of each file that it loads. */
export async function bundled(contents, resolveDir) {
    const { outputFiles } = await build({
        stdin: { contents, resolveDir },
        bundle: true,
        minify: true,
        splitting: true,
        format: "esm",
        platform: "browser",
        target: "es2022",
        legalComments: "none",
        outdir: "/",
        write: false,
        logLevel: "silent",
    });
    return outputFiles.map((file) => file.contents);
}

/** The sizes of files that are loaded, and so compressed, one by one. */
export function sizes(files) {
    const total = (size) => files.reduce((sum, file) => sum + size(file), 0);
    const best = (file) => ({
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_SIZE_HINT]: file.length,
    });
    return {
        raw: total((file) => file.length),
        gzip: total((file) => gzipSync(file, { level: 9 }).length),
        brotli: total((file) => brotliCompressSync(file, { params: best(file) }).length),
    };
}
