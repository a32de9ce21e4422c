import { node } from "./node.mjs";

node("Node (this one)", process.execPath);
