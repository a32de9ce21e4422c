// A turn of the event loop: everything that is ready now has run when it is over.

const soon = globalThis as { setImmediate?: (callback: () => void) => unknown };
const channel = soon.setImmediate === undefined && typeof MessageChannel === "function" ? new MessageChannel() : undefined;
const waiting: (() => void)[] = [];
if (channel !== undefined) {
    channel.port1.onmessage = () => waiting.shift()?.();
}

/** Lets everything that is ready have its turn; a browser's timers would take 4 ms for it. */
export function turn(): Promise<void> {
    return new Promise((resolve) => {
        if (soon.setImmediate !== undefined) {
            soon.setImmediate(resolve);
        } else if (channel !== undefined) {
            waiting.push(resolve);
            channel.port2.postMessage(null);
        } else {
            setTimeout(resolve, 0);
        }
    });
}
