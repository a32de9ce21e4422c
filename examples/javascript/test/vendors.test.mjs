import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Stage } from "./stage.mjs";

let stage;
beforeEach(async () => (stage = await Stage.open()));
afterEach(() => stage.close());

test("the Piwik PRO program reads, creates and deletes with one token", async () => {
    const { code, out, err } = await stage.run("piwik_pro.mjs", stage.vendors.piwik_pro.http);
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /Sandbox\nmade .+\ndeleted it\n$/);
    assert.deepEqual(await stage.counts("piwik_pro"), [1, 3]);
});

test("the Didomi program lists properties with one token", async () => {
    const { code, out, err } = await stage.run("didomi.mjs", "sandbox");
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /^\S+ .+\n$/);
    assert.deepEqual(await stage.counts("didomi"), [1, 1]);
});

test("the OroCommerce program lists users with one token", async () => {
    const { code, out, err } = await stage.run("oro_commerce.mjs", stage.vendors.oro.http);
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /^1 users\n/);
    assert.deepEqual(await stage.counts("oro"), [1, 1]);
});

for (const [program, secret, argument, fix] of [
    ["piwik_pro.mjs", "PIWIK_PRO_CLIENT_SECRET", ({ piwik_pro }) => piwik_pro.http, /Menu > Profile > API keys/],
    ["didomi.mjs", "DIDOMI_API_SECRET", () => "sandbox", /Settings > Private API keys/],
    ["oro_commerce.mjs", "ORO_CLIENT_SECRET", ({ oro }) => oro.http, /OAuth Applications/],
]) {
    test(`${program} says what to mend if the secret is wrong, and does not show it`, async () => {
        const { code, err } = await stage.run(program, argument(stage.vendors), { [secret]: "mistyped-secret" });
        assert.equal(code, 1);
        assert.match(err, /credentials_rejected/);
        assert.match(err, fix);
        assert.doesNotMatch(err, /mistyped-secret/);
    });
}

const tools = fileURLToPath(new URL("../../../bindings-wasm/node_modules/.bin/", import.meta.url));
for (const [runtime, command] of [
    ["Deno", [`${tools}deno`, "run", "--allow-all", "--node-modules-dir=manual"]],
    ["Bun", [`${tools}bun`, "run"]],
]) {
    test(`the programs run in ${runtime} too`, async () => {
        const env = { DENO_DIR: `${stage.folder}/deno`, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
        const { piwik_pro, oro } = stage.vendors;
        const ran = [
            await stage.run("piwik_pro.mjs", piwik_pro.http, env, command),
            await stage.run("didomi.mjs", "sandbox", env, command),
            await stage.run("oro_commerce.mjs", oro.http, env, command),
        ];
        assert.deepEqual(
            ran.map(({ code, err }) => [code, err]),
            Array(3).fill([0, ""]),
        );
        assert.match(ran[0].out, /deleted it\n$/);
        assert.deepEqual(await stage.counts("piwik_pro"), [1, 3]);
        assert.deepEqual(await stage.counts("didomi"), [1, 1]);
        assert.deepEqual(await stage.counts("oro"), [1, 1]);
    });
}
