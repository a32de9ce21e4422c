import assert from "node:assert/strict";
import { test } from "node:test";
import { documented } from "./documented.mjs";
import { browsing } from "./pages.mjs";
import { Project } from "./project.mjs";
import { sandboxed } from "./sandbox.mjs";

const proven = sandboxed();
const pages = browsing();

for (const format of ["esm", "iife"]) {
    test(`esbuild without settings: a page runs, as ${format}`, async () => {
        const project = await Project.plain(`esbuild-${format}`);
        await project.page();
        await project.bundle({
            entryPoints: ["main.js"],
            format,
            splitting: format === "esm",
            outdir: "dist",
            minify: true,
        });
        await project.write(
            "dist/index.html",
            '<!doctype html><link rel="icon" href="data:,"><script type="module" src="main.js"></script>',
        );
        const url = pages.serve(`/${format}/`, project.path("dist"));
        await proven((given) => pages.told(`${url}index.html`, given));
    });
}

test("esbuild with its file loader: evertoken/slim fetches the wasm file", async () => {
    const project = await Project.plain("esbuild-slim");
    await project.page();
    await project.slimPage(await documented("esbuild"));
    await project.bundle({
        entryPoints: ["slim.js"],
        format: "esm",
        outdir: "dist",
        minify: true,
        loader: { ".wasm": "file" },
    });
    await project.write(
        "dist/index.html",
        '<!doctype html><link rel="icon" href="data:,"><script type="module" src="slim.js"></script>',
    );
    const url = pages.serve("/slim/", project.path("dist"));
    await proven((given) => pages.told(`${url}index.html`, given));
});

test("esbuild: import and require are one copy", async () => {
    const project = await Project.plain("esbuild-same");
    await project.programs();
    await project.bundle({ entryPoints: ["same.cjs"], format: "cjs", platform: "node", outdir: "dist" });
    const { stdout } = await project.run(process.execPath, ["dist/same.js"]);
    assert.match(stdout, /^[1-9]\d* true\n$/);
});
