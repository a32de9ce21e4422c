import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";
import { promisify } from "node:util";
import { documented } from "./documented.mjs";
import { browsing } from "./pages.mjs";
import { Project } from "./project.mjs";
import { sandboxed } from "./sandbox.mjs";

const proven = sandboxed();
const pages = browsing();
const page = (script) => `<!doctype html><link rel="icon" href="data:,"><script defer src="${script}.js"></script>`;

test("webpack 5 without settings: pages run, with evertoken and with evertoken/slim", async () => {
    const project = await Project.locked("webpack");
    await project.page("app");
    await project.slimPage(await documented("webpack"), "app");
    const webpack = createRequire(project.path("package.json"))("webpack");
    const stats = await promisify(webpack)({
        mode: "production",
        context: project.path("app"),
        entry: { main: "./main.js", slim: "./slim.js" },
        output: { path: project.path("dist"), clean: true },
    });
    const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
    assert.deepEqual(errors, []);
    assert.deepEqual(
        warnings.filter(({ message }) => !/size limit|performance/.test(message)),
        [],
    );
    await project.write("dist/index.html", page("main"));
    await project.write("dist/slim.html", page("slim"));
    const url = pages.serve("/webpack/", project.path("dist"));
    await proven((given) => pages.told(`${url}index.html`, given));
    await proven((given) => pages.told(`${url}slim.html`, given));
    const scripts = (await readdir(project.path("dist"))).filter((file) => file.endsWith(".js"));
    const texts = await Promise.all(scripts.map((file) => readFile(project.path(`dist/${file}`), "utf8")));
    assert.ok(
        texts.every((text) => !text.includes("Piwik PRO")),
        "the descriptor of an unused provider is in the build",
    );
});
