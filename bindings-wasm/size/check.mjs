// Measures what one page loads of the package in `target/js/package`, and holds it against `budget.json`.
//
//     node bindings-wasm/size/check.mjs [--write] [--package FOLDER]
//
// `--write` adds the measurement to the history and to the documentation; the budget is changed by hand, with a reason in
// the commit.

import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundled, sizes } from "./page.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const { values } = parseArgs({ options: { write: { type: "boolean" }, package: { type: "string" } } });
const folder = resolve(values.package ?? process.env.EVERTOKEN_PACKAGE ?? join(root, "target/js/package"));

/** The smallest page of use: everything that it does not name can be left out by its bundler. */
const page = (entry) => `import { createClient, broker } from "${join(folder, entry)}"; globalThis.page = [createClient, broker];`;

const wasm = await readFile(join(folder, "evertoken.wasm"));
const slim = await bundled(page("slim.js"), root);
const usual = await bundled(page("index.js"), root);
const measured = {
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim(),
    slim: sizes([wasm, ...slim]),
    parts: { wasm: sizes([wasm]), "glue and wrapper": sizes(slim) },
    inlined: sizes(usual),
};

const file = join(here, "budget.json");
const { budget, history } = JSON.parse(await readFile(file, "utf8"));
const checks = [
    [`evertoken/slim: ${measured.slim.brotli} bytes (brotli), the budget is ${budget.slim}`, measured.slim.brotli <= budget.slim],
    [`evertoken: ${measured.inlined.brotli} bytes (brotli), the budget is ${budget.inlined}`, measured.inlined.brotli <= budget.inlined],
];

console.log(table());
for (const [text, isKept] of checks) {
    console.log(`${isKept ? "ok" : "FAILED"}: ${text}`);
}
const failed = checks.filter(([, isKept]) => !isKept).length;
console.log(`${checks.length - failed} passed, ${failed} failed`);
if (values.write) {
    await write([...history, measured]);
    await publish();
}
process.exitCode = failed > 0 ? 1 : 0;

function rows() {
    return [
        ["wasm", measured.parts.wasm],
        ["glue and wrapper, minified", measured.parts["glue and wrapper"]],
        ["`evertoken/slim`: both", measured.slim],
        ["`evertoken`: the wasm inlined", measured.inlined],
    ];
}

function table() {
    const line = (cells) => `| ${cells.join(" | ")} |`;
    const body = rows().map(([name, { raw, gzip, brotli }]) => line([name, raw, gzip, brotli]));
    return [line(["what one page loads", "raw", "gzip 9", "brotli 11"]), "| --- | --- | --- | --- |", ...body].join("\n");
}

/** One line for a measurement, so that a change of size is one line of a diff. */
async function write(history) {
    const lines = history.map((entry) => `        ${JSON.stringify(entry)}`);
    await writeFile(file, `{\n    "budget": ${JSON.stringify(budget)},\n    "history": [\n${lines.join(",\n")}\n    ]\n}\n`);
}

/** Puts the sizes into the table of the page that tells about them. */
async function publish() {
    const page = join(root, "docs/javascript/bundlers.md");
    let text = await readFile(page, "utf8");
    for (const [name, { raw, gzip, brotli }] of rows()) {
        const cells = [name, ...[raw, gzip, brotli].map((bytes) => bytes.toLocaleString("en"))];
        const line = text.split("\n").find((line) => line.startsWith(`| ${name} |`));
        if (line === undefined) {
            throw new Error(`${page}: no row "${name}"`);
        }
        text = text.replace(line, `| ${cells.join(" | ")} |`);
    }
    await writeFile(page, text);
}
