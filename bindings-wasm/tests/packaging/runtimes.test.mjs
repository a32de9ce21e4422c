import assert from "node:assert/strict";
import { test } from "node:test";
import { program } from "../hosts/runtime.mjs";
import { Project } from "./project.mjs";
import { sandboxed } from "./sandbox.mjs";

const proven = sandboxed();
const RUNTIMES = {
    deno: [program("deno/deno"), "run", "--quiet", "--allow-net", "--allow-env", "--allow-read"],
    bun: [program("bun/bin/bun.exe"), "run"],
};

for (const [name, [command, ...before]] of Object.entries(RUNTIMES)) {
    test(`${name}: import`, async () => {
        const project = await Project.plain(name);
        await project.trial("trial.mjs");
        await project.write(
            "main.mjs",
            'import process from "node:process";\nimport { trial } from "./trial.mjs";\nconsole.log(JSON.stringify(await trial(JSON.parse(process.argv[2]))));',
        );
        await proven(async (given) => {
            const { stdout, stderr } = await project.run(command, [...before, "main.mjs", JSON.stringify(given)]);
            assert.equal(stderr, "");
            return JSON.parse(stdout);
        });
    });
}

test("bun and deno: require", async () => {
    const project = await Project.plain("required");
    await project.write("main.cjs", 'console.log(typeof require("evertoken").createClient, typeof require("evertoken/slim").createClient);');
    for (const [command, ...before] of Object.values(RUNTIMES)) {
        const { stdout } = await project.run(command, [...before, "main.cjs"]);
        assert.equal(stdout, "function function\n");
    }
});
