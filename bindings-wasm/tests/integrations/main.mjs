// Runs the tests of this folder in Node and Chromium, or where it is told to: `node main.mjs --hosts node,firefox,webkit`.
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { tally } from "./tally.mjs";

const { values } = parseArgs({ options: { hosts: { type: "string", default: "node,chromium" } } });
const files = values.hosts.split(",").map((host) => fileURLToPath(new URL(`${host}.test.mjs`, import.meta.url)));
process.exitCode = await tally(files);
