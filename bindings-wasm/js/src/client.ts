import type {
    CallInit,
    Client,
    ClientOptions,
    Credentials,
    EventType,
    EvertokenEvent,
    Explanation,
    TokenOptions,
    TokenResponse,
} from "../types/index.js";
import { Calls, signalOf } from "./calls.js";
import { systemClock } from "./clock.js";
import { refused } from "./errors.js";
import { Listeners } from "./events.js";
import { explanation, UNUSED } from "./explanation.js";
import { load, type LoadWasm } from "./glue.js";
import { currentContext, isBrowser } from "./host.js";
import { internalsOf, type Internals } from "./providers.js";
import { known } from "./options.js";
import { Shell } from "./shell.js";
import type { Snapshot } from "./snapshot.js";
import { watch } from "./wakefulness.js";

/** What stands once the wasm is loaded. */
interface Opened {
    readonly shell: Shell;
    readonly calls: Calls;
}

const NAMES = "provider fetch policy tabs waitUntil dangerouslyAllowBrowser clock wasm";

/** Makes a client that loads its wasm on first use. */
export function clientOf(options: ClientOptions, wasm: LoadWasm): Client {
    const provider = acknowledged(known("createClient", options, NAMES));
    const clock = options.clock ?? systemClock;
    const listeners = new Listeners();
    const context = currentContext();
    let opened: Opened | undefined;
    let opening: Promise<Opened> | undefined;
    /** What was said before there was anybody to hear it. */
    let said: ((shell: Shell) => void)[] = [];
    let unwatch: (() => void) | undefined;

    const open = (): Promise<Opened> => {
        opening ??= load(wasm).then((glue) => {
            const shell = new Shell(glue, options, provider, clock, listeners, context);
            opened = { shell, calls: new Calls(shell) };
            unwatch = watch(shell);
            said.forEach((say) => say(shell));
            said = [];
            return opened;
        });
        return opening.catch((error: unknown) => {
            opening = undefined;
            throw error;
        });
    };

    const tell = (say: (shell: Shell) => void, isKept = opening !== undefined): void => {
        if (opened !== undefined) {
            say(opened.shell);
        } else if (isKept) {
            said.push(say);
        }
    };

    const obtain = async ({ minValidMs = 0, patienceMs, signal }: TokenOptions): Promise<Snapshot> => {
        const { shell } = opened ?? (await abortable(open, signal));
        return shell.obtain(milliseconds("minValidMs", minValidMs), optional("patienceMs", patienceMs), signal);
    };

    const usable = (options?: TokenOptions): Snapshot | undefined =>
        (options?.minValidMs ?? 0) !== 0 || options?.signal?.aborted === true ? undefined : opened?.shell.usable();

    const client: Client = {
        provider: options.provider,

        async fetch(input: RequestInfo | URL, init?: CallInit): Promise<Response> {
            const { calls } = opened ?? (await abortable(open, signalOf(input, init)));
            return calls.call(input, init);
        },

        headers(options?: TokenOptions): Promise<Readonly<Record<string, string>>> {
            return usable(options)?.promised ?? obtain(options ?? {}).then(({ headers }) => headers);
        },

        cachedHeaders: (): Readonly<Record<string, string>> | undefined => opened?.shell.held()?.headers,

        async token(options?: TokenOptions): Promise<string> {
            return (usable(options) ?? (await obtain(options ?? {}))).held.token;
        },

        async tokenResponse(options?: TokenOptions): Promise<TokenResponse> {
            const snapshot = usable(options) ?? (await obtain(options ?? {}));
            return snapshot.response(clock.now());
        },

        async url(path: string | URL): Promise<string> {
            return (opened ?? (await open())).calls.target(String(path)).url;
        },

        invalidate: () => tell((shell) => shell.invalidate()),
        retry: () => tell((shell) => shell.retry()),
        logout: () => tell((shell) => shell.logout()),

        credentialsChanged(change: { readonly credentials?: Credentials; readonly dropToken?: boolean } = {}): void {
            acknowledged(options, change.credentials !== undefined);
            const isKept = opening !== undefined || change.credentials !== undefined;
            tell((shell) => shell.credentialsChanged(change.credentials, change.dropToken ?? false), isKept);
        },

        close(): void {
            tell((shell) => {
                shell.close();
                unwatch?.();
            }, true);
        },

        explain: (): Explanation =>
            opened?.shell.explain() ?? explanation({ ...UNUSED, now: clock.now() }, "No token was asked for yet."),

        async ready(): Promise<void> {
            await open();
        },

        on(
            type: EventType | "*",
            listener: (event: EvertokenEvent) => void,
            { signal }: { readonly signal?: AbortSignal } = {},
        ): () => void {
            return listeners.add(type, listener, signal);
        },

        [Symbol.dispose]: () => client.close(),
    };
    return Object.freeze(client);
}

/** A secret in a page is everybody's; who wants that has to say so. */
function acknowledged({ provider, dangerouslyAllowBrowser }: ClientOptions, bringsSecret = false): Internals {
    const internals = internalsOf(provider);
    if ((internals.isSecret || bringsSecret) && dangerouslyAllowBrowser !== true && isBrowser()) {
        throw refused(
            "provider: its secret would be open to everybody who opens this page",
            "Let a server of yours keep the secret and use broker(url, { api }), or set dangerouslyAllowBrowser: true.",
        );
    }
    return internals;
}

/** Waits for what is begun here, or for the end of the caller's interest in it. */
async function abortable<T>(begin: () => Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
    if (signal === null || signal === undefined) {
        return begin();
    }
    signal.throwIfAborted();
    let abort: (() => void) | undefined;
    const aborted = new Promise<never>((_, reject) => {
        abort = () => reject(signal.reason);
        signal.addEventListener("abort", abort, { once: true });
    });
    try {
        return await Promise.race([begin(), aborted]);
    } finally {
        signal.removeEventListener("abort", abort as () => void);
    }
}

function optional(name: string, ms: number | undefined): number | undefined {
    return ms === undefined ? undefined : milliseconds(name, ms);
}

function milliseconds(name: string, ms: number): number {
    if (typeof ms !== "number" || Number.isNaN(ms)) {
        throw refused(`${name}: is no number of milliseconds`, "Give a number from 0 on.");
    }
    return Math.max(0, ms);
}
