import { vite } from "./vite.mjs";

vite("vite-7");
