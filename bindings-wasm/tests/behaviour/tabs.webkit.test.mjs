import { across, inWindow } from "./tabs/across.mjs";

inWindow("webkit", across);
