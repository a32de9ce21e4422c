import { Runtime, program } from "./runtime.mjs";

/** Runs modules with Bun. */
export function start({ caFile } = {}) {
    return new Runtime(
        "bun",
        [program("bun/bin/bun.exe"), "run"],
        caFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: caFile },
    );
}
