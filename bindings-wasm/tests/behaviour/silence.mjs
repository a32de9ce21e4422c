import assert from "node:assert/strict";
import { test } from "node:test";

const SILENT = new URL("programs/silent.mjs", import.meta.url);

/** The test that an import and `createClient` have no side effect, as on a server that renders pages. */
export function silence(bench) {
    test(`${bench.name}: neither an import nor createClient touches anything`, async () => {
        const { touched, added, watched } = await bench.host.run(SILENT);
        assert.deepEqual({ touched, added }, { touched: [], added: [] });
        assert.ok(watched > 5, `only ${watched} functions could be watched`);
    });
}
