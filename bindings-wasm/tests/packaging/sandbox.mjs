import assert from "node:assert/strict";
import { after, before } from "node:test";
import { Sandbox } from "../hosts/sandbox.mjs";

/** A sandbox for the tests of a file. `proven(run)` gives `run` what a trial needs, and checks what it told against the sandbox's log. */
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
