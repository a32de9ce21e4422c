import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { versions } from "./documented.mjs";

const pinned = async (folder, name) => {
    const manifest = JSON.parse(await readFile(new URL(`${folder}/package.json`, import.meta.url), "utf8"));
    return { ...manifest.devDependencies, ...manifest.optionalDependencies }[name];
};
const workbench = (name) => pinned("../..", name);
const consumer = (folder, name = folder) => pinned(`consumers/${folder}`, name);
const minor = (version) => version.split(".").slice(0, 2).join(".");

test("the documentation names the versions that are tested", async () => {
    assert.deepEqual(await versions(), {
        Vite: [await consumer("vite-7", "vite"), await consumer("vite-8", "vite")],
        webpack: [await consumer("webpack")],
        esbuild: [await workbench("esbuild")],
        Node: ["20", "22", "24"],
        "Deno, Bun": [await workbench("deno"), await workbench("bun")],
        "workerd, Wrangler": [await workbench("workerd"), await consumer("wrangler")],
        Jest: [await consumer("jest")],
        TypeScript: [minor(await consumer("typescript")), minor(await workbench("typescript"))],
    });
});
