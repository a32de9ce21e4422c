import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { PACKAGE, ROOT } from "../hosts/bundle.mjs";
import { Page } from "./page.mjs";
import { begin, FOLDER, Program } from "./program.mjs";
import { World } from "./world.mjs";

const FOLDERS = { docs: join(ROOT, "docs/javascript"), providers: join(ROOT, "docs/providers") };
const wanted = process.env.EVERTOKEN_PAGES?.split(",");
const markdown = async (folder) => {
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith(".md")).map((name) => join(folder, name));
};
const PAGES = await Promise.all(
    [
        ...(await markdown(FOLDERS.docs)),
        ...(await markdown(FOLDERS.providers)),
        join(ROOT, "README.md"),
        join(ROOT, "bindings-wasm/js/README.md"),
    ]
        .filter((path) => wanted === undefined || wanted.some((name) => path.endsWith(name)))
        .map((path) => Page.read(path)),
);

/** What the worker of the pages uses of Cloudflare's types. */
const CLOUDFLARE = `declare module "cloudflare:workers" {
    export const env: Record<string, string>;
    export function waitUntil(promise: Promise<unknown>): void;
}
`;

const FENCE = "```";
const block = (info, text, output = "") => `${FENCE}${info}\n${text}\n${FENCE}\n\n${FENCE}text\n${output}\n${FENCE}\n`;
const WRONG = {
    "nothing runs": block("ts dino", "console.log(1);"),
    "uses a name that nobody declared": block("ts", "await piwik.fetch('/api/apps/v2');"),
    "throws in Node": block("ts node", 'throw new Error("no");'),
    "leaves a rejection behind": block("ts", 'void Promise.reject(new Error("no"));\nawait new Promise((go) => setTimeout(go));'),
    "prints something else": block("ts", "console.log(1);", "2"),
    "prints something else in Node": block("ts node", "console.log(1);", "2"),
    "calls a host that is not of this world": block("ts node", 'await fetch("https://elsewhere.example.com/");'),
    "asks a package that is not there": block("ts", 'import { nothing } from "evertokens";\nconsole.log(nothing);'),
    "shows something else": block("html", "<p>one</p>", "two"),
};

describe("the pages", () => {
    let world;

    before(async () => {
        await begin();
        world = await World.start();
    });
    after(() => world?.stop());
    beforeEach(() => world.reset());

    it("no block of code is overlooked", async () => {
        for (const page of PAGES) {
            const text = await readFile(page.path, "utf8");
            const fences = text.match(/^ *(```|~~~)(ts|tsx|js|jsx|mjs|html|typescript|javascript)\b/gm) ?? [];
            assert.equal(page.blocks.length, fences.length, page.path);
        }
    });

    for (const page of PAGES.filter(({ blocks }) => blocks.length > 0)) {
        const name = relative(ROOT, page.path);

        if (page.on("workerd").length > 0) {
            it(`${name}: its worker answers`, async () => {
                const program = await Program.write(page, "workerd");
                assert.equal(await world.worker(await program.worker()), 200);
            });
        }

        it(`${name}: runs as it stands and prints what it says`, async () => {
            await runs(world, page);
            // What it shows of an API is there, under that path and no other.
            const calls = await world.sandbox.control("GET", "/log?kind=api");
            const amiss = calls.filter(({ status, target }) => status >= 400 || target.startsWith("/api/api/"));
            assert.deepEqual(amiss.map(({ method, target, status }) => `${method} ${target}: ${status}`), []);
        });
    }

    for (const [what, text] of Object.entries(WRONG)) {
        it(`a page is refused whose block ${what}`, async () => {
            await assert.rejects(runs(world, new Page(join(ROOT, `wrong-${Object.keys(WRONG).indexOf(what)}.md`), text)));
        });
    }

    it("the types of all blocks hold", async () => {
        const { status, stdout } = await compiled(PAGES);
        assert.equal(status, 0, stdout);
    });

    it("a page is refused whose types do not hold", async () => {
        const wrong = new Page(join(ROOT, "wrong-types.md"), block("ts", "export const text: string = 1;"));
        const { status, stdout } = await compiled([wrong]);
        assert.notEqual(status, 0, stdout);
    });
});

describe("what the pages list", () => {
    const rows = (text, pattern) => [...text.matchAll(pattern)].map(([, ...cells]) => cells);
    const evertoken = () => import(pathToFileURL(join(PACKAGE, "index.js")).href);
    const className = (kind) => `${kind[0].toUpperCase()}${kind.slice(1)}Error`;

    it("is the core's list of errors", async () => {
        const errors = JSON.parse(await readFile(join(ROOT, "core/errors.json"), "utf8"));
        const text = await readFile(join(FOLDERS.docs, "errors.md"), "utf8");
        assert.deepEqual(
            rows(text, /^\| `(\w+)` \| `(\w+)` \| (yes|no) \| (.*) \|$/gm),
            errors.map((error) => [error.code, className(error.class), error.retryable ? "yes" : "no", error.fix]),
        );
    });

    it("is the core's list of events", async () => {
        const events = JSON.parse(await readFile(join(ROOT, "core/events.json"), "utf8"));
        const text = await readFile(join(FOLDERS.docs, "index.md"), "utf8");
        const [table] = text.split("| event | when | it has |").slice(1);
        const listed = rows(table.split("\n\n")[0], /^\| `(\w+)` \|/gm).flat();
        assert.deepEqual(listed.sort(), events);
    });

    it("has every member of a client", async () => {
        const { createClient, fixed } = await evertoken();
        const client = createClient({ provider: fixed("a-token", { api: "https://api.example.com" }) });
        const text = await readFile(join(FOLDERS.docs, "index.md"), "utf8");
        const [, table] = text.split("| member | |");
        const listed = [...table.matchAll(/`([\w.[\]]+)(?:\([^`]*\))?`/g)].map(([, name]) => name);
        const members = Reflect.ownKeys(client).map((key) => (key === Symbol.dispose ? "[Symbol.dispose]" : key));
        assert.deepEqual(members.filter((name) => !listed.includes(name)), []);
    });

    it("has every name that the package exports", async () => {
        const module = await evertoken();
        const texts = await Promise.all((await markdown(FOLDERS.docs)).map((path) => readFile(path, "utf8")));
        const missing = Object.keys(module).filter((name) => !texts.some((text) => new RegExp(`\\b${name}\\b`).test(text)));
        assert.deepEqual(missing, []);
    });

    it("is what becomes of a broker's answers", async () => {
        const { broker, createClient } = await evertoken();
        const text = await readFile(join(FOLDERS.docs, "broker.md"), "utf8");
        const answers = rows(text, /^\| (\d{3}) \| `(\w+)` \|/gm);
        assert.notEqual(answers.length, 0);
        for (const [status, code] of answers) {
            const provider = broker("https://app.example.com/token", { api: "https://api.example.com" });
            const fetch = async () => Response.json({ hello: "world" }, { status: Number(status) });
            const client = createClient({ provider, fetch, policy: { fetchAttempts: 1 } });
            await assert.rejects(client.token(), (error) => error.code === code || assert.fail(`${status}: ${error}`));
        }
    });

    it("is about what was measured last of the size", async () => {
        const { history } = JSON.parse(await readFile(join(ROOT, "bindings-wasm/size/budget.json"), "utf8"));
        const { slim, inlined, parts } = history.at(-1);
        const measured = [...Object.values(parts), slim, inlined].flatMap(({ raw, gzip, brotli }) => [raw, gzip, brotli]);
        const text = await readFile(join(FOLDERS.docs, "bundlers.md"), "utf8");
        const cells = rows(text, /^\| .* \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$/gm).flat();
        const said = cells.map((cell) => Number(cell.replaceAll(",", "")));
        assert.equal(said.length, measured.length);
        said.forEach((bytes, index) => {
            assert.ok(Math.abs(bytes / measured[index] - 1) < 0.05, `${bytes}: it is ${measured[index]}`);
        });
    });

    it("leads somewhere", async () => {
        for (const page of PAGES) {
            const text = await readFile(page.path, "utf8");
            for (const [, link, anchor] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)) {
                const target = link === "" ? page.path : resolve(dirname(page.path), link);
                assert.ok(existsSync(target), `${page.path}: ${link}`);
                if (anchor === undefined || !target.endsWith(".md")) continue;
                const titles = rows(await readFile(target, "utf8"), /^#+ (.*)$/gm).map(([title]) => title);
                const anchors = titles.map((title) => title.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-"));
                assert.ok(anchors.includes(anchor), `${page.path}: #${anchor}`);
            }
        }
    });
});

/** Runs the blocks of a page: those of Node first, and if they listen on a port, those of a browser beside them. */
async function runs(world, page) {
    for (const block of page.blocks) assert.notEqual(block.host, undefined, `line ${block.line}: nothing runs it`);
    const inBrowser = async () => {
        if (page.on("chromium").length > 0) {
            const program = await Program.write(page, "chromium");
            prints(page, "chromium", await world.module(await program.bundle()));
        }
        for (const block of page.on("html")) await runsAsHtml(world, block);
    };
    if (page.on("node").length === 0) return inBrowser();
    const file = join(FOLDER, await (await Program.write(page, "node")).bundle());
    const serves = page.on("node").some(({ text }) => text.includes(".listen("));
    prints(page, "node", await world.node(file, serves ? inBrowser : undefined));
    if (!serves) {
        await world.reset();
        await inBrowser();
    }
}

/** Has the compiler look at the blocks of pages. */
async function compiled(pages) {
    const programs = pages.flatMap((page) => ["chromium", "node", "workerd"].map((host) => Program.write(page, host)));
    const include = (await Promise.all(programs)).map(({ name }) => `${name}/*.ts`);
    const compilerOptions = {
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        target: "es2022",
        lib: ["es2023", "esnext.disposable", "dom", "dom.iterable", "dom.asynciterable"],
        module: "esnext",
        moduleResolution: "bundler",
        types: ["node"],
        typeRoots: [join(ROOT, "bindings-wasm/node_modules/@types")],
    };
    await writeFile(join(FOLDER, "cloudflare.d.ts"), CLOUDFLARE);
    await writeFile(join(FOLDER, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["cloudflare.d.ts", ...include] }));
    const compiler = join(ROOT, "bindings-wasm/node_modules/.bin/tsc");
    return spawnSync(compiler, ["-p", FOLDER, "--pretty", "false"], { encoding: "utf8" });
}

/** Asserts that the output after each block is what the page shows, where `..` stands for anything. */
function prints(page, host, printed) {
    page.on(host).forEach((block, number) => {
        const [, after] = printed.split(`--- block ${number}\n`);
        assert.notEqual(after, undefined, `line ${block.line} was not run: ${printed}`);
        if (block.output === undefined) return;
        const [output] = after.split("--- ");
        const parts = block.output.trim().split("..").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
        assert.match(output.trim(), new RegExp(`^${parts.join("[\\s\\S]*")}$`), `line ${block.line}`);
    });
}

/** Loads a block as a page of its own; it must print its output, or show it, and fail nowhere. */
async function runsAsHtml(world, block) {
    const path = `/page${block.line}.html`;
    world.site.page(path, { html: block.text });
    await world.page(path, async (page) => {
        const isShown = (text) => document.body.innerText.includes(text);
        await page.waitForFunction(isShown, (block.output ?? "").trim(), { timeout: 5_000 });
    });
}
