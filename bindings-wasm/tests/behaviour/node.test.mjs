import { everywhere } from "./suite.mjs";

everywhere("node");
