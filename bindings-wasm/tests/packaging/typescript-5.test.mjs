import { Project } from "./project.mjs";
import { types } from "./types.mjs";

types("TypeScript 5.9", async () => (await Project.locked("typescript")).path("node_modules/typescript/bin/tsc"));
