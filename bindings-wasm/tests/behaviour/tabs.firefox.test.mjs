import { across, inWindow } from "./tabs/across.mjs";

inWindow("firefox", across);
