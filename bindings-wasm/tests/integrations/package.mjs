import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PACKAGE } from "../hosts/bundle.mjs";

const { exports } = JSON.parse(await readFile(join(PACKAGE, "package.json"), "utf8"));

/** What `import .. from "evertoken"` gives in Node, of the built package. */
export const evertoken = await import(pathToFileURL(join(PACKAGE, exports["."].default)).href);
