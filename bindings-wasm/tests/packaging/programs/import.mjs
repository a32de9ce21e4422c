import process from "node:process";
import { trial } from "./trial.mjs";

console.log(JSON.stringify(await trial(JSON.parse(process.argv[2]))));
