// Starts the sandbox, the brokers and the page, and prints the page's URL.
//
//     EVERTOKEN_SANDBOX=target/debug/evertoken-sandbox node examples/browser/serve.mjs [--port N] [--lifetime SECONDS]

import { parseArgs } from "node:util";
import { Demo } from "./server/demo.mjs";

const { values } = parseArgs({
    options: { port: { type: "string", default: "0" }, lifetime: { type: "string", default: "40" } },
});

try {
    const demo = await Demo.start({ port: Number(values.port), lifetimeMs: Number(values.lifetime) * 1000 });
    console.log(demo.url);
    process.once("SIGINT", () => demo.close()).once("SIGTERM", () => demo.close());
} catch (error) {
    console.error(error.message);
    process.exitCode = 1;
}
