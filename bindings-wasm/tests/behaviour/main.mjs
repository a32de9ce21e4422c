// Runs the behaviour tests and ends with `N passed, M failed`.
//
//     node bindings-wasm/tests/behaviour/main.mjs --hosts node,chromium --table behaviour.md --full
//
// EVERTOKEN_SANDBOX names the sandbox's binary, EVERTOKEN_PACKAGE the package's folder. Without --hosts all of them are used.

import { mkdir, readdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, dirname } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { HOSTS } from "../hosts/names.mjs";
import { Table } from "./table.mjs";

const { values } = parseArgs({
    options: { hosts: { type: "string", default: HOSTS.join() }, table: { type: "string" }, full: { type: "boolean", default: false } },
});
const hosts = values.hosts.split(",");
const unknown = hosts.filter((host) => !HOSTS.includes(host));
if (unknown.length > 0) {
    throw new Error(`${unknown.join(", ")}: there are ${HOSTS.join(", ")}`);
}
if (values.full) {
    process.env.EVERTOKEN_FULL = "1";
}

/** The host of a file, `chromium.test.mjs` or `tabs.chromium.test.mjs`; none for one that needs none. */
const hostOf = (file) => basename(file, ".test.mjs").split(".").find((part) => HOSTS.includes(part));

const folder = fileURLToPath(new URL(".", import.meta.url));
const files = (await readdir(folder)).filter((name) => name.endsWith(".test.mjs"));
const chosen = files.filter((name) => hostOf(name) === undefined || hosts.includes(hostOf(name)));
const table = new Table(HOSTS);
let passed = 0;
const failed = [];

const events = run({ files: chosen.map((name) => folder + name), concurrency: Math.min(3, availableParallelism()) });
events.on("test:pass", ({ name, file, details, skip, todo }) => {
    if (details.type === "suite") {
        return;
    }
    const isLeftOut = skip !== undefined || todo !== undefined;
    table.add(name, hostOf(file), !isLeftOut);
    if (isLeftOut) {
        failed.push(`${name} (left out)`);
    } else {
        passed += 1;
    }
});
events.on("test:fail", ({ name, file, details }) => {
    if (details.type !== "suite") {
        table.add(name, hostOf(file), false);
    }
    failed.push(name);
});
for await (const text of events.compose(new spec())) {
    process.stdout.write(text);
}

const markdown = table.toString();
if (values.table !== undefined) {
    await mkdir(dirname(values.table), { recursive: true });
    await writeFile(values.table, markdown);
}
console.log(`\n${markdown}`);
failed.forEach((name) => console.log(`FAILED ${name}`));
console.log(`${passed} passed, ${failed.length} failed`);
process.exitCode = failed.length > 0 || passed === 0 ? 1 : 0;
