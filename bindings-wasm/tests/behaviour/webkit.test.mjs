import { everywhere } from "./suite.mjs";

everywhere("webkit");
