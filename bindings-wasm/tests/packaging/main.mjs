// Tests the packed tarball as strangers install it: `node main.mjs [NAME..] [--full] [--tarball FILE]`.
// NAME is a part of a test file's name. Without `--tarball` the package in `target/js/package` is packed first.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { parseArgs, promisify } from "node:util";
import { PACKAGE, ROOT } from "../hosts/bundle.mjs";

/** What takes long to download, or adds little to the rest. */
const ONLY_IN_FULL = ["node-22", "node-24", "typescript-5", "vite-7", "wrangler"].map((name) => `${name}.test.mjs`);

const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { full: { type: "boolean", default: false }, tarball: { type: "string" } },
});
process.env.EVERTOKEN_TARBALL = values.tarball === undefined ? await pack() : resolve(values.tarball);
const files = (await readdir(import.meta.dirname))
    .filter((name) => name.endsWith(".test.mjs"))
    .filter(chosen)
    .sort();
process.exitCode = await tally(files.map((name) => join(import.meta.dirname, name)));

function chosen(name) {
    if (positionals.length > 0) return positionals.some((part) => name.includes(part));
    return values.full || !ONLY_IN_FULL.includes(name);
}

/** Packs the package as `npm publish` does, and gives the path of the tarball. */
async function pack() {
    if (!existsSync(PACKAGE)) throw new Error(`${PACKAGE}: the package is not built: cargo xtask build js`);
    const folder = join(ROOT, "target/js/tarball");
    await mkdir(folder, { recursive: true });
    const { stdout } = await promisify(execFile)("npm", [
        "pack",
        PACKAGE,
        "--pack-destination",
        folder,
        "--json",
        "--loglevel=error",
    ]);
    const [{ filename, size, unpackedSize }] = JSON.parse(stdout);
    console.log(`${filename}: ${size} bytes, ${unpackedSize} unpacked`);
    return join(folder, filename);
}

/** Runs test files one after another, and ends with the line `N passed, M failed`; gives the exit code. */
async function tally(files) {
    let passed = 0;
    const failed = [];
    const events = run({ files, concurrency: 1 });
    events.on("test:pass", ({ name, skip, todo }) => {
        if (skip === undefined && todo === undefined) passed += 1;
        else failed.push(name);
    });
    events.on("test:fail", ({ name }) => failed.push(name));
    for await (const line of events.compose(new spec())) process.stdout.write(line);
    for (const name of failed) console.log(`FAILED ${name}`);
    console.log(`\n${passed} passed, ${failed.length} failed`);
    return failed.length > 0 || passed === 0 ? 1 : 0;
}
