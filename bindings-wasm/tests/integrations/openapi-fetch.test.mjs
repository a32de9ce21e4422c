import assert from "node:assert/strict";
import createApi from "openapi-fetch";
import { keepsItsPromises } from "./promises.mjs";

keepsItsPromises("openapi-fetch", (fetch, origin) => {
    const api = createApi({ baseUrl: origin, fetch });
    const data = async (call) => {
        const { data, response } = await call;
        assert.equal(response.status, 200);
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
            assert.equal(data, undefined);
            assert.equal(typeof error.error, "string");
            return response.status;
        },
        aborted: (error, reason) => assert.equal(error, reason),
        behind: (error) => error,
    };
});
