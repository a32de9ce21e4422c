// Runs the scenario files on the built package and writes the results.
//
//     node bindings-wasm/tests/scenarios/main.mjs --binding js-node --json target/scenarios/js-node.json
//     node bindings-wasm/tests/scenarios/main.mjs --binding all --json target/scenarios/{binding}.json --jobs 2
//
// EVERTOKEN_SANDBOX names the sandbox's binary, EVERTOKEN_PACKAGE the package's folder.

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { PACKAGE, ROOT } from "../hosts/bundle.mjs";
import { launch } from "../hosts/launch.mjs";
import { Sandbox } from "../hosts/sandbox.mjs";
import { ALL, binding } from "./bindings.mjs";

const FOLDERS = ["client", "must-fail/client"];
const LIMIT_MS = 600_000;

const { values } = parseArgs({
    options: {
        binding: { type: "string", multiple: true, default: ["js-node"] },
        json: { type: "string" },
        only: { type: "string" },
        jobs: { type: "string", default: "2" },
        "give-up": { type: "string", default: "30000" },
    },
});
const names = values.binding.flatMap((name) => (name === "all" ? ALL : name));
names.forEach(binding);
const files = (await Promise.all(FOLDERS.map(read))).flat();
const { version } = JSON.parse(await readFile(join(PACKAGE, "package.json"), "utf8"));
let passed = 0;
let failed = 0;
const waiting = [...names];
await Promise.all(Array.from({ length: Number(values.jobs) }, work));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

async function work() {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        await tell(name);
    }
}

async function tell(name) {
    const began = performance.now();
    const records = await recordsOf(name);
    for (const { name: title, file, outcome } of records.filter(isFailed)) {
        const place = outcome.step === undefined ? "" : `step ${outcome.step}: `;
        console.error(`FAILED ${name}: ${title} (${file}): ${place}${outcome.kind}: ${outcome.detail}`);
    }
    const [results, mustFail] = [records.filter(isRight), records.filter((record) => !isRight(record))];
    if (values.json !== undefined) {
        await write(values.json.replace("{binding}", name), { binding: name, version, results, must_fail: mustFail });
    }
    const comparisons = results.reduce((sum, { assertions }) => sum + assertions, 0);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`${name}: ${results.length} scenarios and ${mustFail.length} wrong files, ${comparisons} comparisons, ${seconds} s`);
    failed += records.filter(isFailed).length;
    passed += records.length - records.filter(isFailed).length;
}

async function recordsOf(name) {
    const { launch: as, sandbox: args = [], ...facts } = binding(name);
    const host = { ...facts, giveUpMs: Number(values["give-up"]) };
    const sandbox = await Sandbox.start(args);
    try {
        const launched = await launch(as, { caFile: sandbox.line.ca_pem_file });
        try {
            const entry = new URL("./entry.ts", import.meta.url);
            return await launched.run(entry, { files, sandbox: sandbox.line, host }, { timeoutMs: LIMIT_MS });
        } finally {
            await launched.close();
        }
    } finally {
        await sandbox.close();
    }
}

async function read(folder) {
    const below = join(ROOT, "core/scenarios", folder);
    const names = (await readdir(below)).filter((name) => name.endsWith(".json")).sort();
    const found = names.map(async (name) => ({ file: `${folder}/${name}`, text: await readFile(join(below, name), "utf8") }));
    return (await Promise.all(found)).filter(({ file, text }) => {
        return values.only === undefined || file.includes(values.only) || JSON.parse(text).name.includes(values.only);
    });
}

async function write(file, results) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
}

function isRight({ file }) {
    return file.startsWith("client/");
}

function isFailed({ outcome }) {
    return outcome.result === "failed";
}
