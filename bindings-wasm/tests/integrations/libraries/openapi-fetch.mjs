import createApi from "openapi-fetch";
import { equal, ok } from "../../behaviour/expect.mjs";

/** What `client.fetch` makes of the library. */
export function use(fetch, origin) {
    const api = createApi({ baseUrl: origin, fetch });
    const data = async (call) => {
        const { data, response } = await call;
        equal(response.status, 200, "the status");
        return data;
    };
    const asIs = { bodySerializer: (body) => body };
    return {
        get: (path, options) => data(api.GET(path, options)),
        send: (path, body, options) => data(api.POST(path, { body, ...options })),
        form: (path, body) => data(api.POST(path, { body, ...asIs })),
        stream: (path, body) => data(api.POST(path, { body, ...asIs, duplex: "half" })),
        async refused(path) {
            const { data, error, response } = await api.GET(path);
            equal(data, undefined, "data");
            equal(typeof error.error, "string", "the error of the API");
            return response.status;
        },
        aborted: (error, reason) => ok(error === reason, "the reason itself"),
        behind: (error) => error,
    };
}
