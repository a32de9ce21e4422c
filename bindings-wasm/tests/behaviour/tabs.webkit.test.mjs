import { across } from "./tabs/across.mjs";

across("webkit", { rounds: 10 });
