/** Throws an error that says what was there and what should have been. */
export function equal(actual, expected, what) {
    if (!same(actual, expected)) {
        throw new Error(`${what}: ${shown(actual)} instead of ${shown(expected)}`);
    }
}

/** Throws unless it is true. */
export function ok(truth, what) {
    if (truth !== true) {
        throw new Error(`not so: ${what}`);
    }
}

/** The reason of a rejection, or an error if there is none. */
export async function rejection(promise, what) {
    let value;
    try {
        value = await promise;
    } catch (reason) {
        return reason;
    }
    throw new Error(
        `${what} did not reject but gave ${value instanceof Response ? `a response ${value.status}` : shown(value)}`,
    );
}

/** Waits for something that will be so, looking again and again; an error after ten seconds. */
export async function until(condition, what) {
    const end = Date.now() + 10_000;
    while (!(await condition())) {
        if (Date.now() > end) {
            throw new Error(`never came: ${what}`);
        }
        await turn(5);
    }
}

/** Lets everything that is due run first. */
export function turn(ms = 0) {
    return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A promise that settles, or an error that says what hung. */
export async function settled(promise, what, limitMs = 20_000) {
    let timer;
    const hung = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`hung: ${what}`)), limitMs);
    });
    try {
        return await Promise.race([promise, hung]);
    } finally {
        clearTimeout(timer);
    }
}

function same(a, b) {
    if (Object.is(a, b)) {
        return true;
    }
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
        return false;
    }
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
}

function shown(value) {
    return value instanceof Error
        ? `${value.name}: ${value.message}`
        : typeof value === "object"
          ? JSON.stringify(value)
          : String(value);
}
