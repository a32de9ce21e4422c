import { node } from "./node.mjs";
import { Project } from "./project.mjs";

node("Node 22", async () => {
    const project = await Project.locked("node-22");
    return project.path(`node_modules/node-${process.platform}-${process.arch}/bin/node`);
});
