/** An origin whose tabs, locks and messages do what a test says: for orders of events that no browser takes at will. */
export class Origin {
    tabs = [];
    #held = [];
    #queue = [];
    #holding = () => false;
    #parked = [];
    /** Everything that was posted, as `[tab, message]`. */
    posted = [];

    tab() {
        const tab = new Tab(this, `tab-${this.tabs.length + 1}`);
        this.tabs.push(tab);
        return tab;
    }

    /** Who holds a lock, by name. */
    holders(name) {
        return this.#held.filter((lock) => lock.name === name).map(({ tab }) => tab.name);
    }

    /** Keeps messages back for which the function is true, until it is called without one. */
    keepBack(which = () => false) {
        this.#holding = which;
        this.#parked.splice(0).forEach(([from, name, data]) => this.post(from, name, data));
    }

    post(from, name, data) {
        if (this.#holding(data)) {
            this.#parked.push([from, name, data]);
            return;
        }
        for (const tab of this.tabs) {
            for (const channel of tab.channels) {
                if (channel !== from && channel.name === name) {
                    const message = new MessageEvent("message", { data });
                    tab.task(() => tab.channels.has(channel) && channel.dispatchEvent(message));
                }
            }
        }
    }

    request(tab, name, { mode = "exclusive", ifAvailable = false, steal = false, signal } = {}, callback) {
        if (signal !== undefined && (ifAvailable || steal)) {
            return Promise.reject(new DOMException("signal cannot be used here", "NotSupportedError"));
        }
        return new Promise((resolve, reject) => {
            const request = { tab, name, mode, callback, resolve, reject };
            if (signal?.aborted) {
                reject(signal.reason);
                return;
            }
            signal?.addEventListener("abort", () => {
                if (this.#queue.includes(request)) {
                    this.#queue.splice(this.#queue.indexOf(request), 1);
                    reject(signal.reason);
                    this.#grant();
                }
            });
            if (steal) {
                for (const lock of this.#held.filter((lock) => lock.name === name)) {
                    this.#held.splice(this.#held.indexOf(lock), 1);
                    lock.tab.task(() => lock.reject(new DOMException("stolen", "AbortError")));
                }
                this.#queue.unshift(request);
            } else if (ifAvailable && !this.#isFree(request, this.#queue)) {
                tab.task(async () => resolve(await callback(null)));
                return;
            } else {
                this.#queue.push(request);
            }
            this.#grant();
        });
    }

    query() {
        const infos = (locks) => locks.map(({ name, mode, tab }) => ({ name, mode, clientId: tab.name }));
        return Promise.resolve({ held: infos(this.#held), pending: infos(this.#queue) });
    }

    /** A tab is gone, and its locks with it. */
    drop(tab) {
        this.#held = this.#held.filter((lock) => lock.tab !== tab);
        this.#queue = this.#queue.filter((lock) => lock.tab !== tab);
        this.#grant();
    }

    #isFree({ name, mode }, before) {
        const isShared = (other) => mode === "shared" && other.mode === "shared";
        return [...this.#held, ...before].every((other) => other.name !== name || isShared(other));
    }

    #grant() {
        for (const request of [...this.#queue]) {
            if (this.#isFree(request, this.#queue.slice(0, this.#queue.indexOf(request)))) {
                this.#queue.splice(this.#queue.indexOf(request), 1);
                this.#held.push(request);
                request.tab.task(async () => {
                    const value = await request.callback({ name: request.name, mode: request.mode });
                    request.tab.task(() => {
                        if (this.#held.includes(request)) {
                            this.#held.splice(this.#held.indexOf(request), 1);
                            this.#grant();
                        }
                        request.resolve(value);
                    });
                });
            }
        }
    }
}

/** A tab's global scope. */
class Tab {
    channels = new Set();
    #backlog = [];
    #isFrozen = false;
    #window = counting(new EventTarget());

    constructor(origin, name) {
        this.name = name;
        this.origin = origin;
        this.document = counting(Object.assign(new EventTarget(), { prerendering: false }));
        const tab = this;
        this.scope = {
            isSecureContext: true,
            document: this.document,
            addEventListener: (...args) => this.#window.addEventListener(...args),
            navigator: {
                locks: {
                    request: (name, options, callback) => origin.request(this, name, options, callback),
                    query: () => origin.query(),
                },
            },
            BroadcastChannel: class extends EventTarget {
                constructor(name) {
                    super();
                    this.name = name;
                    tab.channels.add(this);
                }

                postMessage(data) {
                    origin.posted.push([tab, data]);
                    origin.post(this, this.name, structuredClone(data));
                }

                close() {
                    tab.channels.delete(this);
                }
            },
        };
    }

    /** Listeners that are still there. */
    get listeners() {
        return this.#window.listeners + this.document.listeners;
    }

    /** Runs something in the tab, unless it is frozen. */
    task(action) {
        if (this.#isFrozen) {
            this.#backlog.push(action);
        } else {
            setImmediate(action);
        }
    }

    /** Stops everything in the tab without an event, as a suspended process does. */
    freeze() {
        this.#isFrozen = true;
    }

    thaw() {
        this.#isFrozen = false;
        this.#backlog.splice(0).forEach((action) => this.task(action));
    }

    crash() {
        this.freeze();
        this.channels.clear();
        this.origin.drop(this);
    }

    /** Freezes or resumes the page as a browser says it to the page. */
    lifecycle(type) {
        this.document.dispatchEvent(new Event(type));
    }

    hide() {
        this.#window.dispatchEvent(new Event("pagehide"));
    }

    show() {
        this.#window.dispatchEvent(new Event("pageshow"));
    }
}

/** Counts the listeners of a target. */
function counting(target) {
    const add = target.addEventListener.bind(target);
    target.listeners = 0;
    target.addEventListener = (type, listener, options = {}) => {
        target.listeners += 1;
        options.signal?.addEventListener("abort", () => (target.listeners -= 1));
        add(type, listener, options);
    };
    return target;
}

/** Lets everything happen that needs no time. */
export async function settle() {
    for (let turn = 0; turn < 50; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve));
    }
}
