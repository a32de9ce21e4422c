import act from "./page.mjs";

/** Does what a tab does, in a web worker: one thing after another, and tells what came of the last. */
globalThis.onmessage = async ({ data }) => {
    let answer;
    for (const argument of data) {
        answer = await act(argument);
    }
    postMessage(answer);
};
