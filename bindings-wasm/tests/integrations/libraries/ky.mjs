import ky, { HTTPError } from "ky";
import { ok, rejection } from "../../behaviour/expect.mjs";

/** What `client.fetch` makes of the library. */
export function use(fetch, origin) {
    const api = ky.create({ fetch });
    return {
        get: (path, options) => api.get(origin + path, options).json(),
        send: (path, json, options) => api.post(origin + path, { json, ...options }).json(),
        form: (path, body) => api.post(origin + path, { body }).json(),
        stream: (path, body) => api.post(origin + path, { body }).json(),
        async refused(path) {
            const error = await rejection(api.get(origin + path), path);
            ok(error instanceof HTTPError, "an HTTPError");
            return error.response.status;
        },
        aborted: (error, reason) => ok(error === reason, "the reason itself"),
        behind: (error) => error,
    };
}
