// What a host is given to run.

import * as evertoken from "evertoken";
import type { File, Record } from "./envelope.js";
import { run } from "./run.js";
import type { About } from "./sandbox.js";
import type { Facts } from "./world.js";

/** Everything that a run needs, as JSON. */
export interface Task {
    readonly files: readonly File[];
    readonly sandbox: About;
    readonly host: Facts;
}

/** A request's context in a worker of Cloudflare's. */
interface Context {
    waitUntil(promise: Promise<unknown>): void;
}

// The launchers of hosts call a module's default export.
export default function entry({ files, sandbox, host }: Task, context?: Context): Promise<Record[]> {
    const waitUntil = context === undefined ? {} : { waitUntil: (promise: Promise<unknown>) => context.waitUntil(promise) };
    return run(files, sandbox, evertoken, { ...host, ...waitUntil });
}
