import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build, transform } from "esbuild";
import { ROOT } from "../hosts/bundle.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const SCRATCH = join(ROOT, "target/js/consumers");

/** A folder of somebody who has installed the tarball, and perhaps a bundler by the lock file in `consumers/NAME`. */
export class Project {
    constructor(name) {
        this.name = name;
        this.folder = join(SCRATCH, name);
    }

    /** An empty folder with nothing but the tarball, installed by npm. */
    static async plain(name) {
        const project = new Project(name);
        await rm(project.folder, { recursive: true, force: true });
        await mkdir(project.folder, { recursive: true });
        await project.write("package.json", JSON.stringify({ private: true }));
        await project.npm("install", process.env.EVERTOKEN_TARBALL);
        return project;
    }

    /** A folder with the packages that `consumers/NAME` pins, kept from run to run, and the tarball. */
    static async locked(name) {
        const project = new Project(name);
        const lock = await readFile(join(HERE, "consumers", name, "package-lock.json"), "utf8");
        const kept = await readFile(join(project.folder, "installed.json"), "utf8").catch(() => undefined);
        if (kept !== lock) {
            await rm(project.folder, { recursive: true, force: true });
            await cp(join(HERE, "consumers", name), project.folder, { recursive: true });
            await project.npm("install");
            await project.write("installed.json", lock);
        }
        for (const old of ["evertoken", ".vite"]) {
            await rm(project.path(`node_modules/${old}`), { recursive: true, force: true });
        }
        await mkdir(project.path("node_modules/evertoken"));
        const unpack = ["-xzf", process.env.EVERTOKEN_TARBALL, "--strip-components=1", "-C", "node_modules/evertoken"];
        await project.run("tar", unpack);
        return project;
    }

    path(path) {
        return join(this.folder, path);
    }

    /** Imports a module of one of the project's packages into this process. */
    import(path) {
        return import(pathToFileURL(this.path(`node_modules/${path}`)).href);
    }

    async write(path, text) {
        await mkdir(join(this.path(path), ".."), { recursive: true });
        await writeFile(this.path(path), text);
        return this.path(path);
    }

    /** Runs a program in the folder. */
    run(command, args, { env = {} } = {}) {
        // What makes this process a test must not make one of its programs.
        const { NODE_OPTIONS, NODE_TEST_CONTEXT, ...inherited } = process.env;
        return promisify(execFile)(command, args, { cwd: this.folder, env: { ...inherited, NO_COLOR: "1", ...env } });
    }

    npm(...args) {
        return this.run("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"]);
    }

    /** Writes the page `index.html` with the default entry. */
    async page(folder = ".") {
        await cp(join(HERE, "pages"), this.path(folder), { recursive: true });
        await this.trial(`${folder}/trial.js`);
    }

    /** Writes the page `slim.html`; `wasm` is the statement that gets the `url` of the wasm file. */
    async slimPage(wasm, folder = ".") {
        await this.trial(`${folder}/slim-trial.js`, { entry: "evertoken/slim" });
        const main = await readFile(join(HERE, "pages/main.js"), "utf8");
        const slim = main.replace("./trial.js", "./slim-trial.js").replace("slice(1)))", "slice(1))), { wasm: url }");
        await this.write(`${folder}/slim.js`, `${wasm}\n${slim}`);
    }

    /** Writes the programs, which run the trial with what their argument says. */
    async programs() {
        await cp(join(HERE, "programs"), this.folder, { recursive: true });
        await this.trial("trial.mjs");
        await this.trial("trial.cjs", { format: "cjs" });
    }

    /** Writes the trial, importing an entry of the package, as a module or as CommonJS. */
    async trial(path, { entry = "evertoken", format = "esm" } = {}) {
        const text = (await readFile(join(HERE, "trial.mjs"), "utf8")).replace('"evertoken"', JSON.stringify(entry));
        return this.write(path, format === "esm" ? text : (await transform(text, { format, platform: "node" })).code);
    }

    /** Bundles with esbuild, whose packages are the workbench's own. */
    bundle(options) {
        return build({ absWorkingDir: this.folder, bundle: true, logLevel: "silent", ...options });
    }
}
