import assert from "node:assert/strict";
import { after, before } from "node:test";
import { Sandbox } from "../hosts/sandbox.mjs";

/**
 * A sandbox for the tests of a file. The answer is a function of a function, which gets what a trial needs and gives what
 * the trial told: both are held against the sandbox's log.
 */
export function sandboxed() {
    let sandbox;
    before(async () => (sandbox = await Sandbox.start()));
    after(() => sandbox.close());
    return async (run) => {
        await sandbox.reset();
        const { http } = sandbox.line.oauth2;
        const told = await run({ endpoint: `${http}/broker/token`, api: http });
        assert.deepEqual(told, { statuses: [200, 200, 200, 200, 200], refusal: "origin_not_allowed" });
        const { token, api } = (await sandbox.control("GET", "/counts")).oauth2;
        assert.deepEqual({ token, api }, { token: 1, api: 5 });
    };
}
