import { everywhere } from "./suite.mjs";

everywhere("deno");
