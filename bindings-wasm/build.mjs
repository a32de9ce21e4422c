// Makes the npm package, `target/js/package`, of the glue in `target/js/glue` and the sources beside this file.

import { cp, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const sources = join(here, "js/src");
const types = join(here, "js/types");
const glue = join(root, "target/js/glue");
const place = join(root, "target/js/package");
const out = `${place}.new`;

const wasm = join(glue, "evertoken_wasm_bg.wasm");
const common = {
    outdir: out,
    target: "es2022",
    sourcemap: true,
    legalComments: "none",
    charset: "utf8",
    logLevel: "warning",
};

/** What the glue does on import, and how on first use: Jest's jsdom has no coders, and no import may fail there. */
const LATE = [
    [
        "let cachedTextDecoder = new TextDecoder('utf-8', { ignoreBOM: true });\ncachedTextDecoder.decode();\n",
        "let cachedTextDecoder;\n",
    ],
    ["let numBytesDecoded = 0;\n", "let numBytesDecoded = MAX_SAFARI_DECODE_BYTES;\n"],
    ["const cachedTextEncoder = new TextEncoder();\n", "let cachedTextEncoder;\n"],
    [/\nif \(!\('encodeInto' in cachedTextEncoder\)\) \{\n(?: .*\n)+\}\n/, ""],
    [/\bcachedTextEncoder\.(?=encode)/g, "(cachedTextEncoder ??= new TextEncoder())."],
];

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await modules();
await commonJs();
await inlined("esm", "inlined.js");
await inlined("cjs", "inlined.cjs");
await sourceMaps();
await declarations();
await manifest();
await cp(wasm, join(out, "evertoken.wasm"));
await cp(join(here, "js/README.md"), join(out, "README.md"));
for (const license of ["LICENSE-APACHE", "LICENSE-MIT"]) await cp(join(root, license), join(out, license));
await rm(place, { recursive: true, force: true });
await rename(out, place);

/** The entries share one file, so that a process that loads two of them has one class of each error. */
function modules() {
    return build({
        ...common,
        entryPoints: ["index", "slim", "workerd"].map((entry) => join(sources, `${entry}.ts`)),
        bundle: true,
        splitting: true,
        format: "esm",
        platform: "neutral",
        chunkNames: "shared",
        alias: { "#glue": join(glue, "evertoken_wasm.js") },
        plugins: [
            external(/^\.\/inlined\.js$/, (path) => path),
            external(/^#module$/, () => "./evertoken.wasm"),
            lateCoders(),
        ],
    });
}

/** The script that holds the wasm file; without a map, which would hold it once more. */
function inlined(format, name) {
    return build({
        ...common,
        sourcemap: false,
        entryPoints: [join(sources, "inlined.ts")],
        outdir: undefined,
        outfile: join(out, name),
        bundle: true,
        format,
        platform: "neutral",
        plugins: [deflated()],
    });
}

/** An esbuild plugin for the wasm file, deflated. */
function deflated() {
    return {
        name: "deflated",
        setup(build) {
            build.onResolve({ filter: /^#deflated$/ }, () => ({ path: basename(wasm), namespace: "deflated" }));
            build.onLoad({ filter: /./, namespace: "deflated" }, async () => ({
                contents: deflateSync(await readFile(wasm), { level: 9 }),
                loader: "binary",
            }));
        },
    };
}

/** For Jest and old bundlers: the same files, one by one, as CommonJS; Jest has no `import()`. */
async function commonJs() {
    const modules = await outputs(".js");
    await build({
        ...common,
        entryPoints: modules.filter((file) => basename(file) !== "workerd.js"),
        bundle: true,
        format: "cjs",
        platform: "node",
        outExtension: { ".js": ".cjs" },
        supported: { "dynamic-import": false },
        plugins: [external(/^\.\/.*\.js$/, (path) => path.replace(/\.js$/, ".cjs"))],
    });
}

/** An esbuild plugin that leaves imports alone but for their paths. */
function external(filter, rename) {
    return {
        name: "external",
        setup(build) {
            build.onResolve({ filter }, ({ path, kind }) =>
                kind === "entry-point" ? undefined : { path: rename(path), external: true },
            );
        },
    };
}

/** An esbuild plugin that changes the glue as `LATE` says. */
function lateCoders() {
    return {
        name: "late coders",
        setup(build) {
            build.onLoad({ filter: /evertoken_wasm\.js$/ }, async ({ path }) => {
                let contents = await readFile(path, "utf8");
                for (const [early, late] of LATE) {
                    const changed = contents.replace(early, late);
                    if (changed === contents) {
                        throw new Error(`${path}: wasm-bindgen writes something else than ${early}`);
                    }
                    contents = changed;
                }
                return { contents };
            });
        },
    };
}

/** Names each source by its place in the repository. */
async function sourceMaps() {
    for (const file of await outputs(".map")) {
        const map = JSON.parse(await readFile(file, "utf8"));
        map.sources = map.sources.map((source) => relative(root, resolve(out, source)).replace(/^target\/js\//, ""));
        await writeFile(file, JSON.stringify(map));
    }
}

/** The types written by hand, and the same for CommonJS. */
async function declarations() {
    for (const name of await readdir(types)) {
        const text = await readFile(join(types, name), "utf8");
        await writeFile(join(out, name), text);
        const commonJs = text.replace(/(["'])(\.\/[^"']+)\.js\1/g, "$1$2.cjs$1");
        await writeFile(join(out, name.replace(/\.d\.ts$/, ".d.cts")), commonJs);
    }
}

/** The manifest with the version of the workspace. */
async function manifest() {
    const cargo = await readFile(join(root, "Cargo.toml"), "utf8");
    const [, version] = /^\[workspace\.package\]\nversion = "([^"]+)"/m.exec(cargo) ?? [];
    if (version === undefined) throw new Error("Cargo.toml: no version in [workspace.package]");
    const json = JSON.parse(await readFile(join(here, "js/package.json"), "utf8"));
    await writeFile(join(out, "package.json"), `${JSON.stringify({ ...json, version }, null, 4)}\n`);
}

async function outputs(extension) {
    return (await readdir(out)).filter((name) => name.endsWith(extension)).map((name) => join(out, name));
}
