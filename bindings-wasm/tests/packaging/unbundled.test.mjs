import { test } from "node:test";
import { POLICY, browsing } from "./pages.mjs";
import { Project } from "./project.mjs";
import { sandboxed } from "./sandbox.mjs";

const proven = sandboxed();
const pages = browsing();

const page = (url, main) => {
    const imports = { evertoken: "index.js", "evertoken/slim": "slim.js" };
    for (const name of Object.keys(imports)) imports[name] = `${url}node_modules/evertoken/${imports[name]}`;
    return `<!doctype html>
<link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module" src="${main}"></script>`;
};

test("a page without a bundler runs, by an import map", async () => {
    const project = await Project.plain("script");
    const url = pages.serve("/script/", project.folder, { policy: null });
    await project.page();
    await project.slimPage(`const url = "/script/node_modules/evertoken/evertoken.wasm";`);
    await project.write("index.html", page(url, "main.js"));
    await project.write("slim.html", page(url, "slim.js"));
    await proven((given) => pages.told(`${url}index.html`, given));
    await proven((given) => pages.told(`${url}slim.html`, given));
});

test("a page without a bundler runs, by the path of the file, where Trusted Types are required", async () => {
    const project = await Project.plain("script-path");
    const url = pages.serve("/script-path/", project.folder, {
        policy: `${POLICY}; require-trusted-types-for 'script'; trusted-types 'none'`,
    });
    await project.page();
    await project.trial("trial.js", { entry: "./node_modules/evertoken/index.js" });
    await proven((given) => pages.told(`${url}index.html`, given));
});
