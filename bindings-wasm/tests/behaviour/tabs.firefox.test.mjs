import { across, inWindow } from "./tabs/across.mjs";

inWindow("firefox", (says) => across(says, 10));
