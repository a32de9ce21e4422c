import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { ROOT } from "../hosts/bundle.mjs";
import { Project } from "./project.mjs";

const ATTW = fileURLToPath(new URL("../../node_modules/@arethetypeswrong/cli/dist/index.js", import.meta.url));

let project;
let files;
before(async () => {
    project = await Project.plain("tarball");
    files = await Promise.all(
        (await readdir(project.path("node_modules/evertoken"))).map(async (name) => {
            const bytes = await readFile(project.path(`node_modules/evertoken/${name}`));
            return { name, bytes, text: bytes.toString("latin1") };
        }),
    );
});
const scripts = () => files.filter(({ name }) => /\.c?js$/.test(name));
const manifest = () => JSON.parse(files.find(({ name }) => name === "package.json").text);

test("the tarball holds the package and nothing else", () => {
    const modules = ["index", "shared", "slim"];
    assert.deepEqual(
        files.map(({ name }) => name).sort(),
        [
            "LICENSE-APACHE",
            "LICENSE-MIT",
            "README.md",
            "evertoken.wasm",
            ...["index", "policy", "slim"].flatMap((name) => [`${name}.d.cts`, `${name}.d.ts`]),
            ...modules.flatMap((name) => [`${name}.cjs`, `${name}.cjs.map`, `${name}.js`, `${name}.js.map`]),
            "inlined.cjs",
            "inlined.js",
            "package.json",
            "workerd.js",
            "workerd.js.map",
        ].sort(),
    );
});

test("its version is that of the workspace, and it depends on nothing", async () => {
    const { version, dependencies, peerDependencies, scripts } = manifest();
    const cargo = await readFile(join(ROOT, "Cargo.toml"), "utf8");
    assert.ok(cargo.includes(`[workspace.package]\nversion = "${version}"\n`));
    assert.deepEqual([dependencies, peerDependencies, scripts], [undefined, undefined, undefined]);
});

test("every file that the manifest names is there", () => {
    const { exports, main, module, types } = manifest();
    const named = (target) => (typeof target === "string" ? [target] : Object.values(target).flatMap(named));
    const names = [...named(exports), main, module, types];
    const missing = names.filter((path) => !files.some(({ name }) => `./${name}` === path));
    assert.deepEqual(missing, []);
});

test("no file tells about the machine that built it", () => {
    const traces = [
        homedir(),
        ROOT.replace(/\/$/, ""),
        process.env.CARGO_HOME ?? ".cargo/",
        "file://",
        "/home/",
        "/Users/",
    ];
    const told = files
        .filter(({ name }) => !/^(README|LICENSE)/.test(name))
        .flatMap(({ name, text }) =>
            traces.filter((trace) => text.includes(trace)).map((trace) => `${name}: ${trace}`),
        );
    assert.deepEqual(told, []);
});

test("no script asks where it lies, which bundlers would follow", () => {
    assert.deepEqual(
        scripts()
            .filter(({ text }) => text.includes("import.meta"))
            .map(({ name }) => name),
        [],
    );
});

test("source maps hold their sources", () => {
    for (const { name, text } of files.filter(({ name }) => name.endsWith(".map"))) {
        const { sources, sourcesContent } = JSON.parse(text);
        assert.ok(sources.length > 0, name);
        assert.ok(
            sources.every((source) => /^(bindings-wasm|core|glue)\//.test(source)),
            `${name}: ${sources}`,
        );
        assert.ok(sourcesContent.length === sources.length && sourcesContent.every((text) => text?.length > 0), name);
    }
    for (const { name, text } of scripts().filter(({ name }) => !name.startsWith("inlined."))) {
        assert.ok(text.endsWith(`//# sourceMappingURL=${name}.map\n`), name);
    }
});

test("the inlined wasm is the wasm file", async () => {
    const { bytes } = await import(project.path("node_modules/evertoken/inlined.js"));
    const wasm = files.find(({ name }) => name === "evertoken.wasm");
    assert.deepEqual(Buffer.from(await bytes()), wasm.bytes);
    assert.ok(WebAssembly.validate(wasm.bytes));
});

test("publint finds nothing", async () => {
    const { messages, pkg } = await publint({ pkgDir: project.path("node_modules/evertoken"), strict: true });
    assert.deepEqual(
        messages.map((message) => formatMessage(message, pkg, { color: false })),
        [],
    );
});

test("Are The Types Wrong finds nothing", async () => {
    const told = await project
        .run(process.execPath, [
            ATTW,
            process.env.EVERTOKEN_TARBALL,
            "--format",
            "json",
            "--exclude-entrypoints",
            "./evertoken.wasm",
        ])
        .catch((error) => error);
    const { analysis } = JSON.parse(told.stdout);
    assert.deepEqual(analysis.problems, []);
    assert.deepEqual(Object.keys(analysis.entrypoints).sort(), [".", "./package.json", "./slim"]);
});
