import { Runtime } from "./runtime.mjs";

/** Runs modules with the Node that runs the tests, or with the one that EVERTOKEN_NODE names. */
export function start({ caFile } = {}) {
    const command = [process.env.EVERTOKEN_NODE ?? process.execPath, "--enable-source-maps"];
    return new Runtime("node", command, caFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: caFile });
}
