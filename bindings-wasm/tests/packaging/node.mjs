import assert from "node:assert/strict";
import { before, test } from "node:test";
import { documented } from "./documented.mjs";
import { Project } from "./project.mjs";
import { sandboxed } from "./sandbox.mjs";

/** The tests of one version of Node; `program` is its path, or a function that installs it first. */
export function node(name, program) {
    const proven = sandboxed();
    let command;
    let project;
    before(async () => {
        command = typeof program === "function" ? await program() : program;
        project = await Project.plain(name.replace(/\W+/g, "-"));
        await project.trial("trial.mjs");
        await project.trial("slim.mjs", { entry: "evertoken/slim" });
        await project.trial("trial.cjs", { format: "cjs" });
    });
    const runs = async (file, text) => {
        await project.write(file, text);
        await proven(async (given) => {
            const { stdout, stderr } = await project.run(command, [file, JSON.stringify(given)]);
            assert.equal(stderr, "");
            return JSON.parse(stdout);
        });
    };

    test(`${name}: import`, () =>
        runs("import.mjs", 'import { trial } from "./trial.mjs";\nconsole.log(JSON.stringify(await trial(JSON.parse(process.argv[2]))));'));

    test(`${name}: require, as compiled TypeScript such as NestJS does`, () =>
        runs(
            "require.cjs",
            'const { trial } = require("./trial.cjs");\ntrial(JSON.parse(process.argv[2])).then((told) => console.log(JSON.stringify(told)));',
        ));

    test(`${name}: evertoken/slim with the bytes of the file`, async () =>
        runs(
            "slim-import.mjs",
            `import { readFile } from "node:fs/promises";
            import { trial } from "./slim.mjs";
            ${await documented("Node")}
            console.log(JSON.stringify(await trial(JSON.parse(process.argv[2]), { wasm: url })));`,
        ));

    test(`${name}: import and require give the same classes, and so does evertoken/slim`, async () => {
        await project.write(
            "same.cjs",
            `const required = require("evertoken");
            const slim = require("evertoken/slim");
            import("evertoken").then((imported) => {
                const names = Object.keys(imported).filter((name) => name.endsWith("Error"));
                console.log(names.length, names.every((name) => required[name] === imported[name] && slim[name] === imported[name]));
            });`,
        );
        const { stdout } = await project.run(command, ["same.cjs"]);
        assert.match(stdout, /^[1-9]\d* true\n$/);
    });
}
