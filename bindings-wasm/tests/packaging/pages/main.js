import { trial } from "./trial.js";

globalThis.told = trial(JSON.parse(decodeURIComponent(location.hash.slice(1))));
