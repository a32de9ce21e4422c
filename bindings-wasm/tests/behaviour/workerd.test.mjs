import { silence } from "./silence.mjs";
import { everywhere } from "./suite.mjs";
import { workers } from "./workers.mjs";

const bench = everywhere("workerd");
silence(bench);
workers(bench);
