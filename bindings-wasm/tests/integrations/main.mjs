// Runs the tests of this folder in Node and the browsers, or only in hosts that are named: `node main.mjs --hosts node,firefox`.
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { HOSTS } from "../hosts/launch.mjs";
import { tally } from "./tally.mjs";

const WITH_LIBRARIES = ["node", "chromium", "firefox", "webkit"];

const { values } = parseArgs({ options: { hosts: { type: "string", default: WITH_LIBRARIES.join(",") } } });
const named = values.hosts.split(",");
const unknown = named.filter((host) => !HOSTS.includes(host));
if (unknown.length > 0) throw new Error(`${unknown.join(", ")}: there are ${HOSTS.join(", ")}`);
const hosts = WITH_LIBRARIES.filter((host) => named.includes(host));
process.exitCode = await tally(hosts.map((host) => fileURLToPath(new URL(`${host}.test.mjs`, import.meta.url))));
