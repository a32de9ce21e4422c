import { everywhere } from "./suite.mjs";

everywhere("workerd");
