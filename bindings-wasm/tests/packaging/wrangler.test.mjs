import { test } from "node:test";
import { launch } from "../hosts/launch.mjs";
import { nodeOf } from "./node-version.mjs";
import { Project } from "./project.mjs";
import { sandboxed } from "./sandbox.mjs";

const proven = sandboxed();

const WORKER = `import { trial } from "./trial.js";
import { trial as slimTrial } from "./slim-trial.js";
import wasm from "evertoken/evertoken.wasm";
export default {
    async fetch(request) {
        const { slim, ...given } = await request.json();
        return Response.json(await (slim ? slimTrial(given, { wasm }) : trial(given)));
    },
};`;

/** What a request to the deployed worker is. */
const ASKED = `import worker from "./deployed/worker.js";
export default async (given) => {
    const request = new Request("http://worker.example/", { method: "POST", body: JSON.stringify(given) });
    return (await worker.fetch(request)).json();
};`;

test("Wrangler without settings: what it would deploy runs, with evertoken and with evertoken/slim", async () => {
    const project = await Project.locked("wrangler");
    await project.trial("trial.js");
    await project.trial("slim-trial.js", { entry: "evertoken/slim" });
    await project.write("worker.js", WORKER);
    await project.write(
        "wrangler.json",
        JSON.stringify({ name: "worker", main: "worker.js", compatibility_date: "2026-11-01" }),
    );
    const wrangler = ["node_modules/wrangler/bin/wrangler.js", "deploy", "--dry-run", "--outdir", "deployed"];
    await project.run(await nodeOf(22), wrangler, { env: { CI: "true", WRANGLER_SEND_METRICS: "false" } });
    const asked = await project.write("asked.mjs", ASKED);
    const workerd = await launch("workerd");
    try {
        await proven((given) => workerd.run(asked, given));
        await proven((given) => workerd.run(asked, { ...given, slim: true }));
    } finally {
        await workerd.close();
    }
});
