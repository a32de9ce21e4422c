import { everywhere } from "./suite.mjs";

everywhere("bun");
