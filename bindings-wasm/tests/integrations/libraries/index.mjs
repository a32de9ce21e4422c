import { use as apollo } from "./apollo.mjs";
import { use as axios } from "./axios.mjs";
import { use as heyApi } from "./hey-api.mjs";
import { use as ky } from "./ky.mjs";
import { use as openapiFetch } from "./openapi-fetch.mjs";

/**
 * The libraries that are given `client.fetch`. `use(fetch, origin)` returns what a library does with it:
 * - `get(path, { signal })` and `send(path, value, { signal })` resolve to the JSON of the answer,
 * - `refused(path)` makes a call that the API refuses and returns the status, read from the library's own failure,
 * - `aborted(error, reason)` throws unless a rejection is what an aborted caller gets,
 * - `behind(error)` returns the error of the token request out of the library's rejection,
 * - `form(path, form)` and `stream(path, stream)` upload; absent where the library cannot.
 */
export const LIBRARIES = { "Apollo HttpLink": apollo, axios, "Hey API": heyApi, ky, "openapi-fetch": openapiFetch };
