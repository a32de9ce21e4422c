import { after, before, describe, it } from "node:test";
import { Sandbox } from "../hosts/sandbox.mjs";
import { LIBRARIES } from "./libraries/index.mjs";
import { isMade, PROMISES } from "./promises.mjs";

/** Declares the tests of all libraries in one host: `open()` gives its `call({ library, promise, line, origin })` and `close()`. */
export function inHost(name, scheme, open) {
    describe(name, () => {
        let sandbox;
        let host;

        before(async () => {
            sandbox = await Sandbox.start();
            host = await open();
        });
        after(async () => {
            await host?.close();
            await sandbox?.close();
        });

        for (const library of Object.keys(LIBRARIES)) {
            for (const promise of Object.keys(PROMISES).filter((promise) => isMade(promise, library, name))) {
                it(`${library}: ${promise}`, () =>
                    host.call({ library, promise, line: sandbox.line, origin: sandbox.line.oauth2[scheme] }));
            }
        }
    });
}
