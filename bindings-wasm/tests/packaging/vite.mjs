import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { documented } from "./documented.mjs";
import { browsing } from "./pages.mjs";
import { Project } from "./project.mjs";
import { sandboxed } from "./sandbox.mjs";

/** The tests of one version of Vite, as it comes: nothing is configured but the pages' names. */
export function vite(name) {
    const proven = sandboxed();
    const pages = browsing();
    const settings = (project) => ({ root: project.path("app"), configFile: false, logLevel: "error", base: "./" });
    const prepared = async () => {
        const project = await Project.locked(name);
        await project.page("app");
        await project.slimPage(await documented("Vite"), "app");
        return { project, vite: await project.import("vite/dist/node/index.js") };
    };

    test(`${name} builds pages that run, with evertoken and with evertoken/slim`, async () => {
        const { project, vite } = await prepared();
        const input = ["index.html", "slim.html"].map((page) => project.path(`app/${page}`));
        const options =
            vite.rolldownVersion === undefined ? { rollupOptions: { input } } : { rolldownOptions: { input } };
        await vite.build({ ...settings(project), build: { ...options, outDir: "../dist", emptyOutDir: true } });
        const url = pages.serve(`/${name}/`, project.path("dist"));
        await proven((given) => pages.told(`${url}index.html`, given));
        await proven((given) => pages.told(`${url}slim.html`, given));
        const scripts = (await readdir(project.path("dist/assets"))).filter((file) => file.endsWith(".js"));
        const texts = await Promise.all(scripts.map((file) => readFile(project.path(`dist/assets/${file}`), "utf8")));
        assert.ok(
            texts.every((text) => !text.includes("Piwik PRO")),
            "the descriptor of an unused provider is in the build",
        );
    });

    test(`${name} serves pages in development, with evertoken and with evertoken/slim`, async () => {
        const { project, vite } = await prepared();
        const server = await vite.createServer({ ...settings(project), server: { host: "127.0.0.1", port: 0 } });
        try {
            await server.listen();
            const { port } = server.httpServer.address();
            await proven((given) => pages.told(`http://127.0.0.1:${port}/index.html`, given));
            await proven((given) => pages.told(`http://127.0.0.1:${port}/slim.html`, given));
        } finally {
            await server.close();
        }
    });
}
