import { everywhere } from "./suite.mjs";

everywhere("firefox");
