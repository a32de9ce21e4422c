import { run } from "node:test";
import { spec } from "node:test/reporters";

/**
 * Runs test files one after another, and ends with the line `N passed, M failed`.
 * Returns the exit code: 1 if a test failed, was skipped, or none ran.
 */
export async function tally(files) {
    let passed = 0;
    const failures = [];
    const within = [];
    const fullName = ({ name, nesting }) => [...within.slice(0, nesting), name].join(": ");
    const events = run({ files, concurrency: 1 });
    events.on("test:start", ({ name, nesting }) => (within[nesting] = name));
    events.on("test:pass", (test) => {
        const { details, skip, todo } = test;
        if (skip !== undefined || todo !== undefined) failures.push(fullName(test));
        else if (details.type !== "suite") passed += 1;
    });
    events.on("test:fail", (test) => {
        // A suite fails with its tests, which are counted already.
        if (test.details.error?.failureType !== "subtestsFailed") failures.push(fullName(test));
    });
    for await (const line of events.compose(new spec())) process.stdout.write(line);
    for (const name of failures) process.stdout.write(`FAILED ${name}\n`);
    process.stdout.write(`${passed} passed, ${failures.length} failed\n`);
    return failures.length > 0 || passed === 0 ? 1 : 0;
}
