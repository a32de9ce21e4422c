import { runtime } from "./runtime.mjs";

runtime("Node (this one)", () => [process.execPath]);
