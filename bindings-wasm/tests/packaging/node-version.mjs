import { Project } from "./project.mjs";

/** The program of a version of Node that npm has, installed by the lock file in `consumers/node-MAJOR`. */
export async function nodeOf(major) {
    const project = await Project.locked(`node-${major}`);
    return project.path(`node_modules/node-${process.platform}-${process.arch}/bin/node`);
}
