import { engines } from "./engines.mjs";
import { silence } from "./silence.mjs";
import { everywhere } from "./suite.mjs";

const bench = everywhere("firefox");
silence(bench);
engines(bench);
