import { readFile } from "node:fs/promises";

const FENCE = /^( *)```(\w+)([^\n]*)\n([\s\S]*?)^\1```$/gm;
const HOSTS = { "": "chromium", node: "node", workerd: "workerd" };
const DECLARED = /^(?:export )?(?:async )?(const|let|var|function\*?|class|interface|type|enum) (\w+)/gm;
const DESTRUCTURED = /^(?:export )?(?:const|let|var) [{[]([^=]*)[}\]] =/gm;
const IMPORTED = /^import (?!type )([^"']+) from/gm;

/** A page whose code runs: blocks of TypeScript, JavaScript and HTML, each with what it says it prints. */
export class Page {
    static async read(path) {
        return new Page(path, await readFile(path, "utf8"));
    }

    constructor(path, text) {
        this.path = path;
        this.blocks = [];
        let before;
        for (const fence of text.matchAll(FENCE)) {
            const [all, indent, language, info, indented] = fence;
            const follows = before && text.slice(before.end, fence.index).trim() === "";
            if (language === "text" && follows) before.block.output = indented;
            before = undefined;
            if (!["ts", "js", "tsx", "jsx", "mjs", "html", "typescript", "javascript"].includes(language)) continue;
            const line = text.slice(0, fence.index).split("\n").length + 1;
            const block = new Block(line, language, info.trim(), indented.replaceAll(new RegExp(`^${indent}`, "gm"), ""));
            this.blocks.push(block);
            before = { block, end: fence.index + all.length };
        }
    }

    /** The blocks that one host runs, in order: `chromium`, `node`, `workerd`, `html`. */
    on(host) {
        return this.blocks.filter((block) => block.host === host);
    }

    /**
     * The modules that the blocks of one host are, by file name: names that an earlier block declares at its top level
     * are imported into the later ones that use them, so that a page reads as one program. `page.ts` runs them in order.
     */
    modules(host) {
        const known = new Map();
        const files = {};
        const blocks = this.on(host);
        blocks.forEach((block, number) => {
            const own = block.declared();
            const used = [...known].filter(([name]) => !own.values.has(name) && !own.types.has(name) && block.names(name));
            const imports = used.map(([name, { from, kind }]) => `import ${kind}{ ${name} } from "./block${from}.js"; `);
            const exported = [...own.values].filter((name) => !block.exports(name));
            const types = [...own.types].filter((name) => !block.exports(name));
            const tail = `export { ${exported.join(", ")} };\nexport type { ${types.join(", ")} };\n`;
            const unchecked = block.language === "js" ? "// @ts-nocheck\n" : "";
            files[`block${number}.ts`] = `${unchecked}${imports.join("")}${block.text}${tail}`;
            for (const name of own.values) known.set(name, { from: number, kind: "" });
            for (const name of own.types) known.set(name, { from: number, kind: "type " });
        });
        const runs = blocks.map((_, number) => `console.log("--- block ${number}");\nawait import("./block${number}.js");\n`);
        files["page.ts"] = `${runs.join("")}console.log("--- end");\nexport {};\n`;
        return files;
    }
}

class Block {
    constructor(line, language, info, text) {
        this.line = line;
        this.language = language;
        this.info = info;
        this.text = text;
        this.output = undefined;
        const runs = language === "ts" || language === "js";
        this.host = language === "html" && info === "" ? "html" : runs ? HOSTS[info] : undefined;
    }

    names(name) {
        return new RegExp(`(?<![\\w$]|(?<!\\.\\.)\\.)${name}(?![\\w$])`).test(this.text);
    }

    exports(name) {
        return new RegExp(`^export .*\\b${name}\\b`, "m").test(this.text);
    }

    declared() {
        const values = new Set();
        const types = new Set();
        for (const [, kind, name] of this.text.matchAll(DECLARED)) (/interface|type/.test(kind) ? types : values).add(name);
        for (const [, list] of this.text.matchAll(DESTRUCTURED)) locals(list).forEach((name) => values.add(name));
        for (const [, list] of this.text.matchAll(IMPORTED)) locals(list).forEach((name) => values.add(name));
        return { values, types };
    }
}

/** The local names of a list such as `a, { b, c as d }, * as e` or `a: b`. */
function locals(list) {
    const parts = list.replaceAll(/[{}\n]/g, ",").split(",");
    return parts.map((part) => part.trim().split(/ as |: /).at(-1).trim()).filter((name) => /^\w+$/.test(name));
}
