// Runs the behaviour tests and ends with `N passed, M failed`.
//
//     node bindings-wasm/tests/behaviour/main.mjs --hosts node,chromium --table behaviour.md --full
//
// EVERTOKEN_SANDBOX names the sandbox's binary, EVERTOKEN_PACKAGE the package's folder. Without --hosts all are used.

import { mkdir, readdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, dirname } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { BROWSERS, HOSTS, RUNTIMES } from "../hosts/names.mjs";
import { Table } from "./table.mjs";

const { values } = parseArgs({
    options: {
        hosts: { type: "string", default: HOSTS.join() },
        table: { type: "string" },
        full: { type: "boolean", default: false },
    },
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
const hostOf = (file) =>
    basename(file, ".test.mjs")
        .split(".")
        .find((part) => HOSTS.includes(part));

const folder = fileURLToPath(new URL(".", import.meta.url));
const files = (await readdir(folder)).filter((name) => name.endsWith(".test.mjs"));
const chosen = files.filter((name) => hostOf(name) === undefined || hosts.includes(hostOf(name)));
const table = new Table([...RUNTIMES, ...BROWSERS]);
let passed = 0;
const failed = [];

/** Tests within a suite are told before it; its name says of which host they are. */
let within = [];

function note({ name, nesting, details, skip, todo }, isPassed) {
    const isSuite = details.type === "suite";
    const isRight = isPassed && skip === undefined && todo === undefined;
    const [, host, title] = /^(?:(\w+): )?(.*)$/.exec(name);
    if (nesting > 0) {
        within.push({ title: name, isRight });
    } else if (isSuite) {
        notedIn(name.split(" ").at(-1), within);
    } else {
        notedIn(host, [{ title, isRight }]);
    }
    // A suite fails with its tests, or by itself.
    if (!isRight && !(isSuite && within.some((test) => !test.isRight))) {
        failed.push(name);
    }
    passed += isRight && !isSuite ? 1 : 0;
    within = nesting > 0 ? within : [];
}

function notedIn(host, tests) {
    if (HOSTS.includes(host)) {
        tests.forEach(({ title, isRight }) => table.add(title, host, isRight));
    }
}

const events = run({ files: chosen.map((name) => folder + name), concurrency: Math.min(2, availableParallelism()) });
events.on("test:pass", (test) => note(test, true));
events.on("test:fail", (test) => note(test, false));
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
