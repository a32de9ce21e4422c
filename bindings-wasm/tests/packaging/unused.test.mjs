import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { before, test } from "node:test";
import { Project } from "./project.mjs";

const DESCRIPTORS = new URL("../../../core/providers/", import.meta.url);

/** What a module could use, or lacks in Jest's jsdom. */
const WATCHED = [
    ...[
        "BroadcastChannel",
        "Headers",
        "Request",
        "Response",
        "TextDecoder",
        "TextEncoder",
        "WebAssembly",
        "crypto",
        "fetch",
    ],
    ...["location", "navigator", "addEventListener", "document", "setInterval", "setTimeout"],
];

let project;
let titles;
before(async () => {
    project = await Project.plain("unused");
    const names = (await readdir(DESCRIPTORS)).filter((name) => /^\w+\.json$/.test(name));
    const descriptors = await Promise.all(
        names.map(async (name) => JSON.parse(await readFile(new URL(name, DESCRIPTORS), "utf8"))),
    );
    titles = new Map(descriptors.map(({ name, title }) => [name, title]));
});

for (const [name, used] of Object.entries({ broker: ["broker"], piwikPro: ["piwik_pro"], didomi: ["didomi"] })) {
    test(`who imports ${name} gets no other provider's descriptor`, async () => {
        await project.write(
            "main.js",
            `import { createClient, ${name} } from "evertoken/slim";\nglobalThis.use = [createClient, ${name}];`,
        );
        const { outputFiles } = await project.bundle({
            entryPoints: ["main.js"],
            format: "esm",
            minify: true,
            write: false,
        });
        const [{ text }] = outputFiles;
        const held = [...titles].filter(
            ([, title]) => text.includes(JSON.stringify(title)) || text.includes(`title:"${title}"`),
        );
        assert.deepEqual(
            held.map(([name]) => name),
            used,
        );
    });
}

for (const [name, load] of Object.entries({ import: "await import", require: "require" })) {
    test(`to ${name} the package touches nothing of the host, as sideEffects says`, async () => {
        const text = `
            const { createRequire } = await import("node:module");
            const require = createRequire(import.meta.url);
            const own = new Map(${JSON.stringify(WATCHED)}.map((name) => [name, globalThis[name]]));
            const touched = new Set();
            for (const [name, value] of own) {
                const get = () => (new Error().stack.includes("node_modules/evertoken") && touched.add(name), value);
                Object.defineProperty(globalThis, name, { configurable: true, get });
            }
            const state = () => [...Reflect.ownKeys(globalThis), ...process.getActiveResourcesInfo()].map(String);
            const before = state();
            ${load}("evertoken");
            ${load}("evertoken/slim");
            console.log(JSON.stringify([...touched, ...state().filter((name) => !before.includes(name))]));`;
        await project.write("main.mjs", text);
        const { stdout } = await project.run(process.execPath, ["main.mjs"]);
        assert.deepEqual(JSON.parse(stdout), []);
    });
}
