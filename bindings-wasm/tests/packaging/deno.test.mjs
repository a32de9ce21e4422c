import { program } from "../hosts/runtime.mjs";
import { runtime } from "./runtime.mjs";

runtime("Deno", () => [program("deno/deno"), "run", "--quiet", "--allow-net", "--allow-env", "--allow-read"]);
