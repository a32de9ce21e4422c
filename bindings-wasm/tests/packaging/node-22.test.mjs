import { nodeOf } from "./node-version.mjs";
import { runtime } from "./runtime.mjs";

runtime("Node 22", async () => [await nodeOf(22)]);
