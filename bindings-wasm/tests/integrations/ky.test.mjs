import assert from "node:assert/strict";
import ky, { HTTPError } from "ky";
import { keepsItsPromises } from "./promises.mjs";

keepsItsPromises("ky", (fetch, origin) => {
    const api = ky.create({ fetch });
    return {
        get: (path, options) => api.get(origin + path, options).json(),
        send: (path, json, options) => api.post(origin + path, { json, ...options }).json(),
        form: (path, body) => api.post(origin + path, { body }).json(),
        stream: (path, body) => api.post(origin + path, { body }).json(),
        async refused(path) {
            const error = await api.get(origin + path).then(assert.fail, (error) => error);
            assert.ok(error instanceof HTTPError);
            return error.response.status;
        },
        aborted: (error, reason) => assert.equal(error, reason),
        behind: (error) => error,
    };
});
