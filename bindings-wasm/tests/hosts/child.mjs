import { spawn as started } from "node:child_process";

/** Starts a program that does not outlive this process, however it ends. */
export function spawn(command, args, options) {
    const child = started(command, args, options);
    const kill = () => child.kill("SIGKILL");
    process.once("exit", kill);
    child.once("close", () => process.removeListener("exit", kill));
    return child;
}
