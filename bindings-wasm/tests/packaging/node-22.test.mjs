import { nodeOf } from "./node-version.mjs";
import { node } from "./node.mjs";

node("Node 22", () => nodeOf(22));
