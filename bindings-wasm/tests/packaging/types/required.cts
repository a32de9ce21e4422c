// The same package from a CommonJS file in TypeScript.

import evertoken = require("evertoken");
import slim = require("evertoken/slim");

const provider = evertoken.broker("/token", { api: "https://api.example.com" });
export const client: evertoken.Client = evertoken.createClient({ provider });
export const other: evertoken.Client = slim.createClient({
    provider,
    wasm: new URL("https://example.com/evertoken.wasm"),
});
