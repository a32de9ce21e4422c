import { inBrowser } from "./browser.mjs";

inBrowser("firefox");
