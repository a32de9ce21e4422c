import assert from "node:assert/strict";
import { cp, readFile } from "node:fs/promises";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Project } from "./project.mjs";

const WORKBENCH = fileURLToPath(new URL("../../node_modules/", import.meta.url));

/** Libraries that a user may have: an old browser's, a new one's, and Node's without a page. */
const LIBRARIES = {
    "es2020 and dom": { lib: ["es2020", "dom"], types: [] },
    "es2022 and dom": { lib: ["es2022", "dom"], types: [] },
    "esnext and dom": { lib: ["esnext", "dom"], types: [] },
    "Node alone": { lib: ["es2022"], types: ["node"], typeRoots: [`${WORKBENCH}@types`] },
};
const RESOLUTIONS = { bundler: "esnext", node16: "node16", nodenext: "nodenext" };

/** The tests of the declarations with one compiler; `install` gives the path of its `tsc.js` or so. */
export function types(name, install, { libraries = Object.keys(LIBRARIES) } = {}) {
    let project;
    let tsc;
    before(async () => {
        project = await Project.plain(`types-${name.replace(/\W+/g, "-")}`);
        await cp(new URL("types/", import.meta.url), project.folder, { recursive: true });
        tsc = await install();
    });

    /** Compiles files, and gives what the compiler says. */
    const compiled = async (files, compilerOptions) => {
        const options = {
            target: "es2022",
            strict: true,
            exactOptionalPropertyTypes: true,
            noEmit: true,
            ...compilerOptions,
        };
        await project.write("tsconfig.json", JSON.stringify({ files, compilerOptions: options }));
        const { stdout, stderr } = await project
            .run(process.execPath, [tsc, "-p", "tsconfig.json", "--pretty", "false"])
            .catch((error) => error);
        return stdout + stderr;
    };

    for (const library of libraries) {
        for (const [moduleResolution, module] of Object.entries(RESOLUTIONS)) {
            test(`${name}: code compiles with ${library}, resolved as ${moduleResolution}`, async () => {
                const files = moduleResolution === "bundler" ? ["usage.ts"] : ["usage.ts", "required.cts"];
                for (const skipLibCheck of [false, true]) {
                    assert.equal(
                        await compiled(files, { ...LIBRARIES[library], module, moduleResolution, skipLibCheck }),
                        "",
                    );
                }
            });
        }
    }

    for (const entry of ["evertoken", "evertoken/slim"]) {
        for (const [load, resolution] of Object.entries({ import: "nodenext", require: "node16" })) {
            test(`${name}: what ${entry} declares for ${load} is what it exports`, async () => {
                const names = await exported(project, entry, load);
                const file = load === "import" ? "names.mts" : "names.cts";
                const loaded =
                    load === "import" ? `import * as api from "${entry}";` : `import api = require("${entry}");`;
                await project.write(file, `${loaded}\n${exactly("keyof typeof api", names)}`);
                assert.equal(
                    await compiled([file], {
                        ...LIBRARIES["es2022 and dom"],
                        module: resolution,
                        moduleResolution: resolution,
                    }),
                    "",
                );
            });
        }
    }

    test(`${name}: a client has every member that its type declares`, async () => {
        await project.write("members.mjs", MEMBERS);
        const { stdout } = await project.run(process.execPath, ["members.mjs"]);
        await project.write(
            "members.mts",
            `import type { Client } from "evertoken";\n${exactly("keyof Client & string", JSON.parse(stdout))}`,
        );
        assert.equal(
            await compiled(["members.mts"], {
                ...LIBRARIES["esnext and dom"],
                module: "nodenext",
                moduleResolution: "nodenext",
            }),
            "",
        );
    });
}

/** A declaration that compiles only if a type is the union of these names. */
function exactly(type, names) {
    const union = names.map((name) => JSON.stringify(name)).join(" | ");
    return `type Found = ${union};
type Lacking = Exclude<${type}, Found>;
type Undeclared = Exclude<Found, ${type}>;
export const lacking: [Lacking] extends [never] ? true : Lacking = true;
export const undeclared: [Undeclared] extends [never] ? true : Undeclared = true;\n`;
}

/** The names that an entry exports in fact: the ES module, or the CommonJS file that Jest and old bundlers get. */
async function exported(project, entry, load) {
    const { exports } = JSON.parse(await readFile(project.path("node_modules/evertoken/package.json"), "utf8"));
    const { default: module, require } = exports[entry.replace("evertoken", ".")];
    const path = JSON.stringify(`./node_modules/evertoken/${load === "import" ? module : require.default}`);
    const text = load === "import" ? `import * as api from ${path};` : `const api = require(${path});`;
    const file = load === "import" ? "names.mjs" : "names.cjs";
    await project.write(file, `${text}\nconsole.log(JSON.stringify(Object.keys(api)));`);
    return JSON.parse((await project.run(process.execPath, [file])).stdout);
}

const MEMBERS = `
import { createClient, fixed } from "evertoken";
const client = createClient({ provider: fixed("token", { api: "https://api.example.com" }) });
const names = new Set();
for (let object = client; object !== Object.prototype; object = Object.getPrototypeOf(object)) {
    for (const name of Object.getOwnPropertyNames(object)) names.add(name);
}
names.delete("constructor");
console.log(JSON.stringify([...names]));
if (typeof client[Symbol.dispose ?? Symbol.for("nodejs.dispose")] !== "function") throw new Error("no dispose");
`;
