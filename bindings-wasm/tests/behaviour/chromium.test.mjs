import { everywhere } from "./suite.mjs";

everywhere("chromium");
