// What a host is given to run.

import * as evertoken from "evertoken";
import type { File, Record } from "./envelope.js";
import { run } from "./run.js";
import type { About } from "./sandbox.js";
import type { Host } from "./world.js";

/** Everything that a run needs, as JSON. */
export interface Task {
    readonly files: readonly File[];
    readonly sandbox: About;
    readonly host: Host;
}

// The launchers of hosts call a module's default export.
export default function entry({ files, sandbox, host }: Task): Promise<Record[]> {
    return run(files, sandbox, evertoken, host);
}
