import type { Client, ClientOptions } from "../types/index.js";
import { clientOf } from "./client.js";

export * from "./public.js";

export function createClient(options: ClientOptions): Client {
    return clientOf(options, async () => (await import("./inlined.js")).bytes());
}
