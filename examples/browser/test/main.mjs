// Clicks through the page in Chromium: `node examples/browser/test/main.mjs [--screenshot]`.
// With --screenshot it also writes the README's picture, docs/images/browser-example.png.

import { readdir } from "node:fs/promises";
import { tally } from "../../../bindings-wasm/tests/integrations/tally.mjs";
import { takeScreenshot } from "./screenshot.mjs";

const folder = new URL(".", import.meta.url);
const files = (await readdir(folder)).filter((name) => name.endsWith(".test.mjs"));
process.exitCode = await tally(files.sort().map((name) => new URL(name, folder).pathname));
if (process.argv.includes("--screenshot")) await takeScreenshot();
