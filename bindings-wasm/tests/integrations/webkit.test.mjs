import { inBrowser } from "./browser.mjs";

inBrowser("webkit");
