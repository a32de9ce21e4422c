// Runs the tests of this folder. Pages can be named: `EVERTOKEN_PAGES=errors.md node main.mjs`.
import { readdir } from "node:fs/promises";
import { tally } from "../integrations/tally.mjs";

const folder = new URL(".", import.meta.url);
const files = (await readdir(folder)).filter((name) => name.endsWith(".test.mjs"));
process.exitCode = await tally(files.sort().map((name) => new URL(name, folder).pathname));
