import { engines, freezing } from "./engines.mjs";
import { silence } from "./silence.mjs";
import { everywhere } from "./suite.mjs";

const bench = everywhere("chromium");
silence(bench);
engines(bench);
freezing(bench);
