import { processes } from "./processes.mjs";
import { silence } from "./silence.mjs";
import { everywhere } from "./suite.mjs";

const bench = everywhere("deno");
silence(bench);
processes(bench);
