import { fileURLToPath } from "node:url";
import { types } from "./types.mjs";

types("TypeScript (this one)", () => fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url)));
