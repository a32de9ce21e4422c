import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { before, test } from "node:test";
import { Project } from "./project.mjs";

const DESCRIPTORS = new URL("../../../core/providers/", import.meta.url);

let titles;
before(async () => {
    const names = (await readdir(DESCRIPTORS)).filter((name) => /^\w+\.json$/.test(name));
    const descriptors = await Promise.all(names.map(async (name) => JSON.parse(await readFile(new URL(name, DESCRIPTORS), "utf8"))));
    titles = new Map(descriptors.map(({ name, title }) => [name, title]));
});

for (const [name, used] of Object.entries({ broker: ["broker"], piwikPro: ["piwik_pro"], didomi: ["didomi"] })) {
    test(`who imports ${name} gets no other provider's descriptor`, async () => {
        const project = await Project.plain("unused");
        await project.write("main.js", `import { createClient, ${name} } from "evertoken/slim";\nglobalThis.use = [createClient, ${name}];`);
        const { outputFiles } = await project.bundle({ entryPoints: ["main.js"], format: "esm", minify: true, write: false });
        const [{ text }] = outputFiles;
        const held = [...titles].filter(([, title]) => text.includes(JSON.stringify(title)) || text.includes(`title:"${title}"`));
        assert.deepEqual(held.map(([name]) => name), used);
    });
}

for (const entry of ["evertoken", "evertoken/slim"]) {
    test(`to import ${entry} does nothing, as sideEffects says`, async () => {
        const project = await Project.plain("effects");
        await project.write("main.js", `import "${entry}";`);
        const manifest = JSON.parse(await readFile(project.path("node_modules/evertoken/package.json"), "utf8"));
        await project.write("node_modules/evertoken/package.json", JSON.stringify({ ...manifest, sideEffects: undefined }));
        const { outputFiles } = await project.bundle({ entryPoints: ["main.js"], format: "esm", minify: true, write: false });
        assert.equal(outputFiles[0].text, "");
    });
}
