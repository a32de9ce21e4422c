import assert from "node:assert/strict";
import axios, { AxiosError } from "axios";
import { keepsItsPromises } from "./promises.mjs";

keepsItsPromises("axios", (fetch, origin) => {
    const api = axios.create({ adapter: "fetch", env: { fetch }, baseURL: origin });
    const data = async (call) => (await call).data;
    return {
        get: (path, options) => data(api.get(path, options)),
        send: (path, body, options) => data(api.post(path, body, options)),
        form: (path, body) => data(api.postForm(path, body)),
        stream: (path, body) => data(api.post(path, body, { headers: { "content-type": "text/plain" } })),
        async refused(path) {
            const error = await api.get(path).then(assert.fail, (error) => error);
            assert.ok(error instanceof AxiosError);
            return error.response.status;
        },
        // axios gives every aborted caller its own CanceledError, whatever the reason.
        aborted: (error, reason) => {
            assert.ok(axios.isCancel(error));
            assert.equal(error.message, reason.message);
        },
        behind(error) {
            assert.ok(error instanceof AxiosError);
            assert.equal(error.code, error.cause.code);
            return error.cause;
        },
    };
});
