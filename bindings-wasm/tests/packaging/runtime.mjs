import assert from "node:assert/strict";
import { before, test } from "node:test";
import { documented } from "./documented.mjs";
import { Project } from "./project.mjs";
import { sandboxed } from "./sandbox.mjs";

/** The tests of one runtime; `install` gives the command that runs a file. */
export function runtime(name, install) {
    const proven = sandboxed();
    let project;
    let command;
    before(async () => {
        [command, project] = await Promise.all([install(), Project.plain(name.replace(/\W+/g, "-"))]);
        await project.programs();
    });
    const printed = async (file, ...args) => {
        const { stdout, stderr } = await project.run(command[0], [...command.slice(1), file, ...args]);
        assert.equal(stderr, "");
        return stdout;
    };
    const runs = (file) => proven(async (given) => JSON.parse(await printed(file, JSON.stringify(given))));

    test(`${name}: import`, () => runs("import.mjs"));

    test(`${name}: require, as compiled TypeScript such as NestJS does`, () => runs("require.cjs"));

    test(`${name}: evertoken/slim with the bytes of the file`, async () => {
        await project.trial("slim-trial.mjs", { entry: "evertoken/slim" });
        const text = `import { readFile } from "node:fs/promises";
            import process from "node:process";
            import { trial } from "./slim-trial.mjs";
            ${await documented("Node")}
            console.log(JSON.stringify(await trial(JSON.parse(process.argv[2]), { wasm: url })));`;
        await project.write("slim.mjs", text);
        await runs("slim.mjs");
    });

    test(`${name}: import and require give the same classes, and so does evertoken/slim`, async () => {
        assert.match(await printed("same.cjs"), /^[1-9]\d* true\n$/);
    });
}
