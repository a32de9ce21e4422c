import { nodeOf } from "./node-version.mjs";
import { runtime } from "./runtime.mjs";

runtime("Node 24", async () => [await nodeOf(24)]);
