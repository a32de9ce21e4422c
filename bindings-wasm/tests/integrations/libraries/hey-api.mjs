import { createClient, formDataBodySerializer } from "@hey-api/client-fetch";
import { equal, ok } from "../../behaviour/expect.mjs";

/** What `client.fetch` makes of the library. */
export function use(fetch, origin) {
    const api = createClient({ baseUrl: origin, fetch });
    const data = async (call) => {
        const { data, response } = await call;
        equal(response.status, 200, "the status");
        return data;
    };
    return {
        get: (url, options) => data(api.get({ url, ...options })),
        send: (url, body, options) =>
            data(api.post({ url, body, headers: { "content-type": "application/json" }, ...options })),
        form: (url, form) =>
            data(api.post({ url, body: Object.fromEntries(form), ...formDataBodySerializer, headers: { "content-type": null } })),
        stream: (url, body) =>
            data(api.post({ url, body, bodySerializer: null, duplex: "half", headers: { "content-type": "text/plain" } })),
        async refused(url) {
            const { data, error, response } = await api.get({ url });
            equal(data, undefined, "data");
            equal(typeof error.error, "string", "the error of the API");
            return response.status;
        },
        aborted: (error, reason) => ok(error === reason, "the reason itself"),
        behind: (error) => error,
    };
}
