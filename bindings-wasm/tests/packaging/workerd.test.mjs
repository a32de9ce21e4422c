import { test } from "node:test";
import { launch } from "../hosts/launch.mjs";
import { Project } from "./project.mjs";
import { sandboxed } from "./sandbox.mjs";

const proven = sandboxed();

test("workerd: the condition `workerd` imports the wasm file", async () => {
    const project = await Project.plain("workerd");
    await project.trial("trial.mjs");
    const main = await project.write("main.mjs", 'import { trial } from "./trial.mjs"; export default (given) => trial(given);');
    const workerd = await launch("workerd");
    try {
        await proven((given) => workerd.run(main, given));
    } finally {
        await workerd.close();
    }
});

test("workerd: evertoken/slim with the imported module", async () => {
    const project = await Project.plain("workerd-slim");
    await project.trial("trial.mjs", { entry: "evertoken/slim" });
    const main = await project.write(
        "main.mjs",
        `import { trial } from "./trial.mjs";
        import wasm from "evertoken/evertoken.wasm";
        export default (given) => trial(given, { wasm });`,
    );
    const workerd = await launch("workerd");
    try {
        await proven((given) => workerd.run(main, given));
    } finally {
        await workerd.close();
    }
});
