import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

const HEAD = (peers) => `# JavaScript beside its peers

Written by \`bindings-wasm/bench/main.mjs --write\`; do not edit. Counts are exact. Times are medians of one run on a shared machine: the ratios, each
to a baseline of the same run, hold better than they do.

Each contender is set up as its own documentation says (\`bindings-wasm/bench/contenders.mjs\`). oauth4webapi and openid-client keep no token: they get
the cache that people write beside them, a variable without a lock. "hand-written" is that cache around a \`fetch\`, with one more try after a 401.

Node ${process.version.slice(1)}, ${process.platform} ${process.arch}, ${cpus().length} cores. ${peers}.
`;

/** The generated page: sections between marks, of which some may be older than others. */
export class Page {
    #file;
    #sections = new Map();

    constructor(file) {
        this.#file = file;
        for (const [, name, text] of this.#read().matchAll(/<!-- row (\w+) -->\n([^]*?)\n\n<!-- end -->/g)) {
            this.#sections.set(name, text);
        }
    }

    static table(head, rows) {
        return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
    }

    set(name, text) {
        this.#sections.set(name, text);
        console.log(`${text}\n`);
    }

    write() {
        if (this.#file !== undefined) {
            const sections = ["hot", "wrapper", "behaviour", "sizes"].filter((name) => this.#sections.has(name));
            const texts = sections.map((name) => `<!-- row ${name} -->\n${this.#sections.get(name)}\n\n<!-- end -->\n`);
            writeFileSync(this.#file, [HEAD(peers()), ...texts].join("\n"));
        }
    }

    #read() {
        try {
            return readFileSync(this.#file, "utf8");
        } catch {
            return "";
        }
    }
}

function peers() {
    const { dependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
    return Object.entries(dependencies)
        .map(([name, version]) => `${name} ${version}`)
        .join(", ");
}
