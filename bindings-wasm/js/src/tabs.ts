import type { Clock } from "../types/index.js";
import { readSharedToken, type SharedToken } from "./shared-token.js";

export type { SharedToken } from "./shared-token.js";

/** What the tabs ask of the client whose tokens they share. */
export interface TabsHost {
    /** The token held now, if it is good and was fetched by this tab or adopted; for answers to others. */
    held(): SharedToken | undefined;
    /** Hands a token of another tab to the machine; true if it was taken. */
    adopt(token: SharedToken): boolean;
    readonly clock: Clock;
}

/** Whether a tab may send its token request. */
export interface Turn {
    /** False if a token came from another tab, or if the wait was given up: there is nothing to send. */
    readonly mine: boolean;
    /**
     * Tells the other tabs of the token that the request has brought; to be called before `release`. It is a successor
     * if the request was sent because the token before it was rejected.
     */
    share(token: SharedToken, isSuccessor: boolean): void;
    /** Lets the next tab go on; to be called at the end of the request, however it ends. */
    release(): void;
}

/** The parts of a global scope that sharing needs; a test brings its own. */
export interface TabsScope {
    readonly isSecureContext?: boolean;
    readonly navigator?: { readonly locks?: LockManager };
    readonly BroadcastChannel?: typeof BroadcastChannel;
    readonly document?: EventTarget & { readonly prerendering?: boolean };
    readonly addEventListener?: EventTarget["addEventListener"];
}

/** What one tab hears from another that it has asked. */
interface Answer {
    /** It holds the lock, and so sends a token request or is about to. */
    readonly sending: boolean;
}

type Release = () => void;
type IsOver = () => boolean;

/** How long a tab waits for answers, once it is its turn. */
const ANSWERS_MS = 100;
/** How long a tab waits for the lock until it looks whether the one that holds it is frozen. */
const PATIENCE_MS = 1_000;
/** The longest wait for another tab's request. */
const WAIT_MS = 5_000;

/** Closes what was opened for clients that a page has forgotten; only browsers get as far as to need it. */
let forgotten: FinalizationRegistry<Tabs> | undefined;

const THEIRS: Turn = { mine: false, share() {}, release() {} };
const UNSHARED: Turn = { ...THEIRS, mine: true };

/**
 * Shares the tokens of one grant among the tabs of an origin: one token request per lifetime, however many tabs.
 *
 * An exclusive Web Lock says whose turn it is to send, and a shared one who has a token to give: so a tab that is alone
 * asks nobody and waits for nobody, and one that opens later knows that it has somebody to ask.
 */
export class Tabs {
    readonly #name: string;
    /** Nothing here keeps a client alive. */
    readonly #host: WeakRef<TabsHost>;
    readonly #clock: Clock;
    readonly #scope: TabsScope;
    readonly #locks: LockManager;
    readonly #listeners = new AbortController();
    readonly #asks = new Map<string, (answer: Answer) => void>();
    readonly #waits = new Set<() => void>();
    #channel: BroadcastChannel | undefined;
    #closed = false;
    #turns = 0;
    #adoptions = 0;
    /** The last token that was shared or adopted, as it was told. */
    #known: SharedToken | undefined;
    /** The token that was rejected before the request for the known one was sent. */
    #rejected: string | undefined;
    #letGo: Release | undefined;
    #presence: Promise<Release | undefined> | undefined;
    #cancelExpiry: (() => void) | undefined;

    /**
     * Joins the tabs that share under a name, for as long as there is the host; `undefined` outside a secure context of
     * a browser, or where Web Locks or BroadcastChannel are missing.
     */
    static open(name: string, host: TabsHost, scope: TabsScope = globalThis as TabsScope): Tabs | undefined {
        // Node and Deno may have locks and channels, but no other tabs; only browsers know secure contexts.
        const locks = scope.isSecureContext === true ? scope.navigator?.locks : undefined;
        if (locks === undefined || scope.BroadcastChannel === undefined) {
            return undefined;
        }
        try {
            const tabs = new Tabs(name, host, scope, locks);
            forgotten ??= new FinalizationRegistry((tabs) => tabs.close());
            forgotten.register(host, tabs);
            return tabs;
        } catch {
            return undefined;
        }
    }

    private constructor(name: string, host: TabsHost, scope: TabsScope, locks: LockManager) {
        this.#name = name;
        this.#host = new WeakRef(host);
        this.#clock = host.clock;
        this.#scope = scope;
        this.#locks = locks;
        this.#listen();
        if (scope.document !== undefined) {
            const { signal } = this.#listeners;
            // Neither the back/forward cache nor a freeze goes well with locks and channels; nor must others wait for us.
            scope.addEventListener?.("pagehide", this.#leave, { signal });
            scope.addEventListener?.("pageshow", this.#comeBack, { signal });
            scope.document.addEventListener("freeze", this.#leave, { signal });
            scope.document.addEventListener("resume", this.#comeBack, { signal });
        }
    }

    /**
     * Waits until it is this tab's turn to send a token request, or until a token has come from another tab.
     *
     * Never rejects. Waits for another tab's request for 5 s at most, for a tab that is frozen for 1.6 s. When the
     * signal aborts or the tabs are closed, nothing is to be sent any more.
     */
    async turn(signal: AbortSignal): Promise<Turn> {
        // A new attempt: an earlier one does not count any more.
        this.#letGo?.();
        const turn = (this.#turns += 1);
        const adoptions = this.#adoptions;
        const isOver: IsOver = () =>
            signal.aborted || this.#closed || this.#turns !== turn || this.#adoptions !== adoptions;
        const patienceEnd = this.#clock.now().mono + WAIT_MS;
        let release: Release | undefined;
        try {
            while (!isOver()) {
                if (this.#scope.document?.prerendering === true) {
                    // Until the page is shown, its locks and messages are put off.
                    return UNSHARED;
                }
                if (this.#channel === undefined) {
                    await this.#sleep(signal);
                    continue;
                }
                const letGo = await this.#lock(isOver, signal, patienceEnd);
                if (letGo !== undefined) {
                    release = this.#holding(letGo);
                    await this.#consult(isOver, signal);
                    if (this.#channel !== undefined && !isOver()) {
                        return this.#begin(release);
                    }
                    release();
                }
            }
            return THEIRS;
        } catch {
            // Locks are refused here, as in a sandboxed frame: each for itself.
            release?.();
            return isOver() ? THEIRS : UNSHARED;
        }
    }

    /** Leaves the other tabs for good. */
    close(): void {
        this.#closed = true;
        this.#listeners.abort();
        this.#leave();
        this.#known = this.#rejected = undefined;
    }

    #holding(letGo: Release): Release {
        const release = (): void => {
            if (this.#letGo === release) {
                this.#letGo = undefined;
            }
            // Who comes next must see that there is a token to ask for.
            void Promise.resolve(this.#presence).then(letGo);
        };
        this.#letGo = release;
        return release;
    }

    #begin(release: Release): Turn {
        return {
            mine: true,
            release,
            share: (token, isSuccessor) => {
                this.#rejected = isSuccessor ? this.#known?.token : undefined;
                this.#known = token;
                this.#post({ kind: "token", token, rejected: this.#rejected });
                this.#attend();
            },
        };
    }

    /** Takes the lock, behind a tab that is alive if need be; `undefined` if something else happened that decides. */
    async #lock(isOver: IsOver, signal: AbortSignal, patienceEnd: number): Promise<Release | undefined> {
        const free = await this.#take(this.#name, { ifAvailable: true });
        if (free !== undefined || isOver()) {
            return free;
        }
        const wait = new AbortController();
        const taken = this.#take(this.#name, { signal: wait.signal });
        // Some tab may have a token that serves, while another one renews it.
        const stop = this.#ask(() => undefined);
        // Those who wait for the same tab do not lose patience at the same moment.
        const patienceMs = PATIENCE_MS * (1 + Math.random() / 2);
        const restMs = patienceEnd - this.#clock.now().mono;
        const waitMs = Math.max(0, Math.min(patienceMs, restMs));
        const isTime = await this.#sleep(signal, waitMs, (wake) => void taken.then(wake, wake));
        stop();
        wait.abort();
        const letGo = await taken;
        if (letGo !== undefined || !isTime) {
            return letGo;
        }
        return restMs > patienceMs ? this.#relieve(signal) : this.#take(this.#name, { steal: true });
    }

    /** Takes the lock from a tab that does not say that it is alive, unless another tab is about to do so. */
    async #relieve(signal: AbortSignal): Promise<Release | undefined> {
        const done = await this.#take(`relieved ${this.#name}`, { ifAvailable: true });
        if (done === undefined) {
            return undefined;
        }
        try {
            let stop: Release | undefined;
            const isSilent = await this.#sleep(signal, ANSWERS_MS, (wake) => {
                stop = this.#ask(({ sending }) => sending && wake());
            });
            stop?.();
            return isSilent ? await this.#take(this.#name, { steal: true }) : undefined;
        } finally {
            done();
        }
    }

    /** Asks whoever may have a newer token; a message can come later than the lock that its sender let go. */
    async #consult(isOver: IsOver, signal: AbortSignal): Promise<void> {
        const own = this.#presence === undefined ? 0 : 1;
        await this.#presence;
        const { held = [] } = await this.#locks.query();
        let missing = held.filter(({ name }) => name === this.#presenceName).length - own;
        if (missing > 0 && !isOver()) {
            let stop: Release | undefined;
            await this.#sleep(signal, ANSWERS_MS, (wake) => {
                stop = this.#ask(() => (missing -= 1) === 0 && wake());
            });
            stop?.();
        }
    }

    get #presenceName(): string {
        return `held ${this.#name}`;
    }

    /** Resolves with what lets the lock go, or with `undefined` if it was not free or the wait for it was aborted. */
    #take(name: string, options: LockOptions): Promise<Release | undefined> {
        return new Promise((resolve, reject) => {
            this.#locks
                .request(name, options, (lock) =>
                    lock === null ? resolve(undefined) : new Promise<void>((letGo) => resolve(letGo)),
                )
                // Also what becomes of a lock that another tab has stolen.
                .catch((error: unknown) => (options.signal?.aborted ? resolve(undefined) : reject(error)));
        });
    }

    /** Waits for the time, for `wake`, or for what ends every wait; true if it was the time. */
    #sleep(signal: AbortSignal, ms?: number, begin?: (wake: () => void) => void): Promise<boolean> {
        return new Promise((resolve) => {
            const end = (isTime: boolean): void => {
                cancel?.();
                this.#waits.delete(wake);
                signal.removeEventListener("abort", wake);
                resolve(isTime);
            };
            const wake = (): void => end(false);
            this.#waits.add(wake);
            signal.addEventListener("abort", wake);
            const cancel = ms === undefined ? undefined : this.#clock.setTimer(ms, () => end(true));
            begin?.(wake);
        });
    }

    #wakeAll(): void {
        this.#waits.forEach((wake) => wake());
    }

    /** Asks all tabs and hears their answers until the returned function is called. */
    #ask(heard: (answer: Answer) => void): Release {
        const id = crypto.randomUUID();
        this.#asks.set(id, heard);
        this.#post({ kind: "ask", id });
        return () => this.#asks.delete(id);
    }

    readonly #hear = ({ data }: MessageEvent<unknown>): void => {
        if (typeof data !== "object" || data === null) {
            return;
        }
        const { kind, id, to, sending, token, rejected } = data as Record<string, unknown>;
        if (kind === "ask" && typeof id === "string") {
            this.#answer(id);
        } else if (kind === "token") {
            this.#adopt(readSharedToken(token), rejected);
        } else if (kind === "answer" && typeof to === "string") {
            const heard = this.#asks.get(to);
            if (heard !== undefined) {
                this.#adopt(readSharedToken(token), rejected);
                heard({ sending: sending === true });
            }
        }
    };

    #answer(to: string): void {
        const isPresent = this.#presence !== undefined;
        if (isPresent || this.#letGo !== undefined) {
            const token = this.#held();
            const rejected = token?.token === this.#known?.token ? this.#rejected : undefined;
            this.#post({ kind: "answer", to, sending: this.#letGo !== undefined, token, rejected });
        }
    }

    #adopt(token: SharedToken | undefined, rejected: unknown): void {
        if (token === undefined || this.#closed) {
            return;
        }
        // Requested after the known token had been rejected there, so it does not matter when that was rejected here.
        const isSuccessor = rejected !== undefined && rejected === this.#known?.token;
        const issuedAtWall = isSuccessor ? Math.max(token.issuedAtWall, this.#clock.now().wall) : token.issuedAtWall;
        try {
            if (this.#host.deref()?.adopt({ ...token, issuedAtWall }) !== true) {
                return;
            }
        } catch {
            return;
        }
        this.#known = token;
        this.#rejected = typeof rejected === "string" ? rejected : undefined;
        this.#adoptions += 1;
        this.#attend();
        this.#wakeAll();
    }

    /** The token to give to others. */
    #held(): SharedToken | undefined {
        try {
            const held = this.#host.deref()?.held();
            if (held === undefined || held.remainingMs <= 0) {
                return undefined;
            }
            const known = this.#known;
            return held.token === known?.token ? { ...held, issuedAtWall: known.issuedAtWall } : held;
        } catch {
            return undefined;
        }
    }

    /** Lets the others know that this tab can be asked, until its token's time is over. */
    #attend(): void {
        const held = this.#held();
        if (held === undefined || this.#channel === undefined) {
            this.#withdraw();
            return;
        }
        this.#presence ??= this.#take(this.#presenceName, { mode: "shared" }).catch(() => undefined);
        this.#cancelExpiry?.();
        this.#cancelExpiry = this.#clock.setTimer(held.remainingMs, () => this.#attend());
    }

    #withdraw(): void {
        this.#cancelExpiry?.();
        this.#cancelExpiry = undefined;
        void this.#presence?.then((letGo) => letGo?.());
        this.#presence = undefined;
    }

    #listen(): void {
        const { BroadcastChannel } = this.#scope;
        if (BroadcastChannel !== undefined) {
            this.#channel = new BroadcastChannel(this.#name);
            this.#channel.addEventListener("message", this.#hear);
        }
    }

    readonly #leave = (): void => {
        this.#letGo?.();
        this.#withdraw();
        this.#channel?.close();
        this.#channel = undefined;
        this.#wakeAll();
    };

    readonly #comeBack = (): void => {
        if (this.#channel === undefined && !this.#closed) {
            this.#listen();
            this.#attend();
            this.#wakeAll();
        }
    };

    #post(message: object): void {
        this.#channel?.postMessage(message);
    }
}
