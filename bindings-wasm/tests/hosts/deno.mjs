import { Runtime, program } from "./runtime.mjs";

/** Runs modules with Deno. */
export function start({ caFile } = {}) {
    const command = [program("deno/deno"), "run", "--quiet", "--no-config", "--allow-all"];
    return new Runtime("deno", command, caFile === undefined ? {} : { DENO_CERT: caFile });
}
