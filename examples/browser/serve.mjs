// Starts the sandbox, the brokers and the page, and prints the page's URL.
//
//     EVERTOKEN_SANDBOX=target/debug/evertoken-sandbox node examples/browser/serve.mjs [--port N] [--lifetime SECONDS]

import { parseArgs } from "node:util";
import { Sessions } from "../javascript/broker-node/sessions.mjs";
import { Library } from "./server/library.mjs";
import { Sandbox } from "./server/sandbox.mjs";
import { Site } from "./server/site.mjs";
import { Stage } from "./server/stage.mjs";

const { values } = parseArgs({
    options: { port: { type: "string", default: "0" }, lifetime: { type: "string", default: "40" } },
});
const program = process.env.EVERTOKEN_SANDBOX;

try {
    if (!program) {
        throw new Error('EVERTOKEN_SANDBOX is not set: build it with "cargo build -p evertoken-sandbox" and name target/debug/evertoken-sandbox');
    }
    const library = await Library.find();
    const sandbox = await Sandbox.start(program);
    const sessions = new Sessions();
    const stage = await Stage.open(sandbox, await library.import(), sessions, Number(values.lifetime) * 1000);
    const site = new Site(library, stage, sessions);
    console.log(await site.listen(Number(values.port)));
    for (const signal of ["SIGINT", "SIGTERM"]) {
        process.once(signal, () => {
            site.close();
            sandbox.close();
        });
    }
} catch (error) {
    console.error(error.message);
    process.exitCode = 1;
}
