import assert from "node:assert/strict";
import { before, test } from "node:test";
import { documented } from "./documented.mjs";
import { browsing } from "./pages.mjs";
import { Project } from "./project.mjs";
import { sandboxed } from "./sandbox.mjs";

const proven = sandboxed();
const pages = browsing();

let project;
before(async () => {
    project = await Project.plain("esbuild");
    await project.page();
    await project.programs();
});

/** Bundles a script, and runs the page that has it. */
async function runs(script, outdir, options) {
    await project.bundle({ entryPoints: [script], outdir, minify: true, ...options });
    const page = `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;
    await project.write(`${outdir}/index.html`, page);
    const url = pages.serve(`/${outdir}/`, project.path(outdir));
    await proven((given) => pages.told(`${url}index.html`, given));
}

test("esbuild without settings: a page runs, as modules", () =>
    runs("main.js", "esm", { format: "esm", splitting: true }));

test("esbuild without settings: a page runs, as one script", () => runs("main.js", "iife", { format: "iife" }));

test("esbuild with its file loader: evertoken/slim fetches the wasm file", async () => {
    await project.slimPage(await documented("esbuild"));
    await runs("slim.js", "slim", { format: "esm", loader: { ".wasm": "file" } });
});

test("esbuild: import and require are one copy", async () => {
    await project.bundle({ entryPoints: ["same.cjs"], format: "cjs", platform: "node", outdir: "dist" });
    const { stdout } = await project.run(process.execPath, ["dist/same.js"]);
    assert.match(stdout, /^[1-9]\d* true\n$/);
});
