import axios, { AxiosError } from "axios";
import { equal, ok, rejection } from "../../behaviour/expect.mjs";

/** What `client.fetch` makes of the library. */
export function use(fetch, origin) {
    const api = axios.create({ adapter: "fetch", env: { fetch }, baseURL: origin });
    const data = async (call) => (await call).data;
    return {
        get: (path, options) => data(api.get(path, options)),
        send: (path, body, options) => data(api.post(path, body, options)),
        form: (path, body) => data(api.postForm(path, body)),
        stream: (path, body) => data(api.post(path, body, { headers: { "content-type": "text/plain" } })),
        async refused(path) {
            const error = await rejection(api.get(path), path);
            ok(error instanceof AxiosError, "an AxiosError");
            return error.response.status;
        },
        // axios gives every aborted caller its own CanceledError, whatever the reason.
        aborted: (error, reason) => {
            ok(axios.isCancel(error), "a CanceledError");
            equal(error.message, reason.message, "the words of the reason");
        },
        behind(error) {
            ok(error instanceof AxiosError, "an AxiosError");
            equal(error.code, error.cause.code, "the code");
            return error.cause;
        },
    };
}
