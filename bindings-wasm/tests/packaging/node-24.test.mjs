import { nodeOf } from "./node-version.mjs";
import { node } from "./node.mjs";

node("Node 24", () => nodeOf(24));
