import { run } from "node:test";
import { spec } from "node:test/reporters";

/**
 * Runs test files one after another, and ends with the line `N passed, M failed`.
 * Returns the exit code: 1 if a test failed, was skipped, or none ran.
 */
export async function tally(files) {
    let passed = 0;
    let failed = 0;
    const events = run({ files, concurrency: 1 });
    events.on("test:pass", ({ details, skip, todo }) => {
        if (skip !== undefined || todo !== undefined) failed += 1;
        else if (details.type !== "suite") passed += 1;
    });
    events.on("test:fail", ({ details }) => {
        // A suite fails with its tests, which are counted already.
        if (details.error?.failureType !== "subtestsFailed") failed += 1;
    });
    for await (const line of events.compose(new spec())) process.stdout.write(line);
    process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
    return failed > 0 || passed === 0 ? 1 : 0;
}
