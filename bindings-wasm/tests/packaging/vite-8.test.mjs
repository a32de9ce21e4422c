import { vite } from "./vite.mjs";

vite("vite-8");
