import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** The root of the checkout. */
export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** The folder of the package under test, as it would be published. */
export const PACKAGE = resolve(ROOT, process.env.EVERTOKEN_PACKAGE ?? "target/js/package");

/** What each host asks a package's `exports` for, beside `import` and `default`. */
const CONDITIONS = {
    bun: ["bun", "node"],
    chromium: ["browser"],
    deno: ["deno", "node"],
    firefox: ["browser"],
    node: ["node"],
    webkit: ["browser"],
    workerd: ["workerd", "worker"],
};

/**
 * Makes one file of a module and what it imports, `evertoken` being the package under test.
 *
 * `input` is a file, or `{ text }` for a module without a file, whose relative imports are resolved in this folder.
 * The answer is esbuild's list of output files: the first is the script, others are the `.wasm` files it imports.
 */
export async function bundle(host, input, { format = "esm", define = {}, minify = false } = {}) {
    return withPackage(async (nodePath) => {
        const { outputFiles } = await build({
            ...(typeof input === "object" && "text" in input
                ? { stdin: { contents: input.text, resolveDir: fileURLToPath(new URL(".", import.meta.url)) } }
                : { entryPoints: [input instanceof URL ? fileURLToPath(input) : input] }),
            bundle: true,
            write: false,
            outdir: "/",
            entryNames: "main",
            assetNames: "[name]-[hash]",
            format,
            platform: ["node", "deno", "bun"].includes(host) ? "node" : "browser",
            mainFields: ["module", "main"],
            conditions: CONDITIONS[host],
            target: "es2022",
            nodePaths: [nodePath],
            loader: { ".wasm": "copy" },
            external: ["node:*", "cloudflare:*"],
            define,
            minify,
            logLevel: "silent",
        }).catch((error) => {
            throw existsSync(PACKAGE)
                ? error
                : new Error(`${PACKAGE}: the package is not built: cargo xtask build js`, { cause: error });
        });
        return outputFiles.sort((a, b) => Number(b.path.endsWith(".js")) - Number(a.path.endsWith(".js")));
    });
}

async function withPackage(use) {
    const folder = await mkdtemp(join(tmpdir(), "evertoken-modules-"));
    try {
        await mkdir(join(folder, "node_modules"));
        await symlink(PACKAGE, join(folder, "node_modules", "evertoken"), "dir");
        return await use(join(folder, "node_modules"));
    } finally {
        await rm(folder, { recursive: true });
    }
}
