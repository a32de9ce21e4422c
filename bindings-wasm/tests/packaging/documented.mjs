import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const PAGE = new URL("../../../docs/javascript/bundlers.md", import.meta.url);

/** How the documentation gets the `url` of the wasm file with a bundler: what is shown is what is tested. */
export async function documented(bundler) {
    const rows = (await readFile(PAGE, "utf8")).matchAll(/^\| ([^|]*) \| `([^`]* url [^`]*)`.* \|$/gm);
    const [, , statement] = [...rows].find(([, name]) => name.startsWith(bundler)) ?? [];
    assert.ok(statement, `docs/javascript/bundlers.md shows nothing for ${bundler}`);
    return statement;
}

/** The cells of the documentation's table of what is tested, by their first. */
export async function versions() {
    const [, table] =
        /^\| \| version \| \|\n((?:\|.*\n)+)/m.exec(await readFile(PAGE, "utf8")) ??
        assert.fail("no table of versions");
    const rows = table.matchAll(/^\| (\w[^|]*) \| ([\d., and]+) \|/gm);
    return Object.fromEntries([...rows].map(([, names, versions]) => [names, versions.split(/, | and /)]));
}
