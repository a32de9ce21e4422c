import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative, resolve, dirname } from "node:path";
import { existsSync } from "node:fs";
import { after, before, beforeEach, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { PACKAGE, ROOT } from "../hosts/bundle.mjs";
import { Page } from "./page.mjs";
import { begin, FOLDER, Program } from "./program.mjs";
import { World } from "./world.mjs";

const FOLDERS = { docs: join(ROOT, "docs/javascript"), providers: join(ROOT, "docs/providers") };
const wanted = process.env.EVERTOKEN_PAGES?.split(",");
const markdown = async (folder) => (await readdir(folder)).filter((name) => name.endsWith(".md")).map((name) => join(folder, name));
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

describe("the pages", () => {
    let world;

    before(async () => {
        await begin();
        world = await World.start();
    });
    after(() => world?.stop());
    beforeEach(() => world.reset());

    for (const page of PAGES) {
        const name = relative(ROOT, page.path);

        it(`${name}: every block has a host that runs it`, () => {
            assert.notEqual(page.blocks.length, 0, "the page shows no code");
            for (const { host, language, info, line } of page.blocks) {
                assert.notEqual(host, undefined, `line ${line}: nothing runs a block of "${language} ${info}"`);
            }
        });

        if (page.on("workerd").length > 0) {
            it(`${name}: its worker answers`, async () => {
                const program = await Program.write(page, "workerd");
                assert.equal(await world.worker(await program.worker()), 200);
            });
        }

        it(`${name}: runs as it stands and prints what it says`, async () => {
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
        });
    }

    it("the types of all blocks hold", async () => {
        for (const page of PAGES) {
            for (const host of ["chromium", "node", "workerd"]) await Program.write(page, host);
        }
        await writeFile(join(FOLDER, "cloudflare.d.ts"), CLOUDFLARE);
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
        await writeFile(join(FOLDER, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["cloudflare.d.ts", "*/*/*.ts"] }));
        const compiler = join(ROOT, "bindings-wasm/node_modules/.bin/tsc");
        const { status, stdout } = spawnSync(compiler, ["-p", FOLDER, "--pretty", "false"], { encoding: "utf8" });
        assert.equal(status, 0, stdout);
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
        const text = await readFile(join(FOLDERS.docs, "bundlers.md"), "utf8");
        const said = rows(text, /^\| .* \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$/gm).map((cells) => cells.map((cell) => Number(cell.replaceAll(",", ""))));
        const measured = [...Object.values(parts), slim, inlined].map(({ raw, gzip, brotli }) => [raw, gzip, brotli]);
        assert.equal(said.length, measured.length);
        said.flat().forEach((bytes, index) => assert.ok(Math.abs(bytes / measured.flat()[index] - 1) < 0.05, `${bytes}: it is ${measured.flat()[index]}`));
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
        await page.waitForFunction((text) => document.body.innerText.includes(text), (block.output ?? "").trim());
    });
}
