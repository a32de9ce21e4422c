import { across } from "./tabs/across.mjs";

across("firefox", { rounds: 10 });
