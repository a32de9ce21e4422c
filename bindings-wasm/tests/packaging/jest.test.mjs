import { test } from "node:test";
import { readFile } from "node:fs/promises";
import { Project } from "./project.mjs";
import { sandboxed } from "./sandbox.mjs";

const proven = sandboxed();
const TEST = `
test("the trial", async () => {
    const told = await trial(JSON.parse(process.env.GIVEN));
    await require("node:fs/promises").writeFile(process.env.TOLD, JSON.stringify(told));
});`;

async function jest(file, text, env = {}) {
    const project = await Project.locked("jest");
    await project.trial("trial.cjs", { format: "cjs" });
    await project.trial("trial.mjs");
    await project.write(
        "jest.config.json",
        JSON.stringify({ testMatch: ["**/*.check.?js"], moduleFileExtensions: ["js", "mjs", "cjs"] }),
    );
    await project.write(file, text);
    await project.run(process.execPath, ["node_modules/jest/bin/jest.js", "--ci", file], {
        env: { ...env, TOLD: project.path("told.json") },
    });
    return project.path("told.json");
}

const runs = (file, text, env) =>
    proven(async (given) =>
        JSON.parse(await readFile(await jest(file, text, { ...env, GIVEN: JSON.stringify(given) }), "utf8")),
    );

test("Jest: require, in a test in CommonJS", () =>
    runs("required.check.cjs", `const { trial } = require("./trial.cjs");${TEST}`));

test("Jest: import, in a test that is a module", () =>
    runs(
        "imported.check.mjs",
        `import { createRequire } from "node:module";
        import { trial } from "./trial.mjs";
        const require = createRequire(import.meta.url);${TEST}`,
        { NODE_OPTIONS: "--experimental-vm-modules" },
    ));

test("Jest with jsdom, which lacks fetch and text coders: a client can be made", () =>
    jest(
        "page.check.cjs",
        `/** @jest-environment jsdom */
        test("a client of a page", () => {
            const { broker, createClient } = require("evertoken");
            expect(typeof TextDecoder).toBe("undefined");
            createClient({ provider: broker("/token", { api: "https://api.example.com" }) }).close();
        });`,
    ));
