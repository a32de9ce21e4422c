import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PACKAGE } from "../hosts/bundle.mjs";
import { inHost } from "./host.mjs";
import { keep } from "./promises.mjs";

inHost("node", "http", async () => {
    const evertoken = await import(pathToFileURL(join(PACKAGE, "index.js")).href);
    return { call: (given) => keep(evertoken, given), close: async () => {} };
});
