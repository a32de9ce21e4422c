import { inBrowser } from "./browser.mjs";

inBrowser("chromium");
