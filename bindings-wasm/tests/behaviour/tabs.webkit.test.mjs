import { across, inWindow } from "./tabs/across.mjs";

inWindow("webkit", (says) => across(says, 10));
