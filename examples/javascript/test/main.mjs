// Runs each example as a user would, with the built package installed beside it.

import { readdir } from "node:fs/promises";
import { tally } from "../../../bindings-wasm/tests/integrations/tally.mjs";

const folder = new URL(".", import.meta.url);
const files = (await readdir(folder)).filter((name) => name.endsWith(".test.mjs"));
process.exitCode = await tally(files.sort().map((name) => new URL(name, folder).pathname));
