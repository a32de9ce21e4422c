import { Project } from "./project.mjs";
import { types } from "./types.mjs";

const install = async () => (await Project.locked("typescript")).path("node_modules/typescript/bin/tsc");

types("TypeScript 5.9", install, { libraries: ["es2020 and dom", "Node alone"] });
