import { program } from "../hosts/runtime.mjs";
import { runtime } from "./runtime.mjs";

runtime("Bun", () => [program("bun/bin/bun.exe"), "run"]);
