import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { build } from "esbuild";
import { PACKAGE, ROOT } from "../hosts/bundle.mjs";

const WORKBENCH = join(ROOT, "bindings-wasm");
/** Where the programs of the pages are written. */
export const FOLDER = join(ROOT, "target/js/docs");

/** Begins anew: a folder in which packages are found by their names, evertoken being the built one. */
export async function begin() {
    await rm(FOLDER, { recursive: true, force: true });
    const { devDependencies } = JSON.parse(await readFile(join(WORKBENCH, "package.json"), "utf8"));
    const links = Object.keys(devDependencies).map((name) => [name, join(WORKBENCH, "node_modules", name)]);
    for (const [name, target] of [...links, ["evertoken", PACKAGE]]) {
        const link = join(FOLDER, "node_modules", name);
        await mkdir(dirname(link), { recursive: true });
        await symlink(target, link, "dir");
    }
}

const WORKER = `
import worker from "./block0.ts";

export default async function (origins) {
    const send = globalThis.fetch;
    globalThis.fetch = (input, init) => {
        const request = new Request(input, init);
        const { origin } = new URL(request.url);
        return send(new Request(request.url.replace(origin, origins[origin]), request));
    };
    const answer = await worker.fetch(new Request("https://app.example.com/"));
    return answer.status;
}
`;

/** What a page is for one host: TypeScript in a folder of its own. */
export class Program {
    /** Writes the modules of a page, `page.ts` being the one that runs them. */
    static async write(page, host) {
        const program = new Program(page, host);
        await mkdir(program.folder, { recursive: true });
        for (const [name, text] of Object.entries(page.modules(host))) await writeFile(join(program.folder, name), text);
        return program;
    }

    /** Writes what `World.worker` runs: the worker of the page's first block, its names leading to the sandbox. */
    async worker() {
        const file = join(this.folder, "worker.mjs");
        await writeFile(file, WORKER);
        return file;
    }

    constructor(page, host) {
        this.host = host;
        this.name = join(relative(ROOT, page.path).replaceAll(/[/.]/g, "-"), host);
        this.folder = join(FOLDER, this.name);
    }

    /** Makes JavaScript of it, as an application would, and returns the file that runs it, within `FOLDER`. */
    async bundle() {
        const onNode = { platform: "node", target: "node20", packages: "external", outExtension: { ".js": ".mjs" } };
        const onPage = { platform: "browser", target: "es2022", define: { "process.env.NODE_ENV": '"production"' } };
        await build({
            entryPoints: [join(this.folder, "page.ts")],
            outdir: join(this.folder, "out"),
            bundle: true,
            splitting: true,
            format: "esm",
            logLevel: "error",
            ...(this.host === "node" ? onNode : onPage),
        });
        return join(this.name, "out", this.host === "node" ? "page.mjs" : "page.js");
    }
}
