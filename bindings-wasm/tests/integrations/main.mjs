// Runs the tests of this folder, or the files that are named: `node main.mjs ky.test.mjs`.
import { readdir } from "node:fs/promises";
import { tally } from "./tally.mjs";

const folder = new URL(".", import.meta.url);
const named = process.argv.slice(2);
const files = (await readdir(folder)).filter((name) => name.endsWith(".test.mjs") && (named.length === 0 || named.includes(name)));
process.exitCode = await tally(files.sort().map((name) => new URL(name, folder).pathname));
