import assert from "node:assert/strict";
import { createClient, formDataBodySerializer } from "@hey-api/client-fetch";
import { keepsItsPromises } from "./promises.mjs";

keepsItsPromises("hey-api", (fetch, origin) => {
    const api = createClient({ baseUrl: origin, fetch });
    const data = async (call) => {
        const { data, response } = await call;
        assert.equal(response.status, 200);
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
            assert.equal(data, undefined);
            assert.equal(typeof error.error, "string");
            return response.status;
        },
        aborted: (error, reason) => assert.equal(error, reason),
        behind: (error) => error,
    };
});
