import { access, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The built npm package: the same files for this server and for the page. */
export class Library {
    /** Finds it in EVERTOKEN_PACKAGE, else where `cargo xtask build js` puts it. */
    static async find() {
        const folder = resolve(
            process.env.EVERTOKEN_PACKAGE ?? fileURLToPath(new URL("../../../target/js/package", import.meta.url)),
        );
        try {
            await access(join(folder, "package.json"));
        } catch {
            throw new Error(`no package in ${folder}: run "cargo xtask build js" first, or set EVERTOKEN_PACKAGE`);
        }
        return new Library(folder, JSON.parse(await readFile(join(folder, "package.json"), "utf8")));
    }

    constructor(folder, manifest) {
        this.folder = folder;
        this.manifest = manifest;
    }

    /** What `import ... from "evertoken"` gives here. */
    import() {
        return import(pathToFileURL(join(this.folder, this.entry(["node", "import", "default"]))).href);
    }

    /** The file that the package's exports name, for the first of the conditions that it knows. */
    entry(conditions) {
        let target = this.manifest.exports["."];
        while (typeof target === "object") {
            const known = Object.keys(target).find((condition) => conditions.includes(condition));
            target = target[known];
        }
        return target;
    }
}
