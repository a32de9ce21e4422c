import { isBrowser } from "./host.js";
import type { Shell } from "./shell.js";

/** Lets those who wait look again when the page is shown or online again: its timers may have stood still. */
export function watch(shell: Shell): () => void {
    if (!isBrowser()) {
        return () => undefined;
    }
    // A page may forget a client without closing it.
    const weak = new WeakRef(shell);
    const end = new AbortController();
    const told = (act: (shell: Shell) => void) => (): void => {
        const watched = weak.deref();
        if (watched === undefined) {
            end.abort();
        } else {
            act(watched);
        }
    };
    const page = globalThis as unknown as EventTarget & { readonly document?: EventTarget };
    const { signal } = end;
    page.document?.addEventListener("visibilitychange", told((watched) => watched.lookAgain()), { signal });
    page.addEventListener("pageshow", told((watched) => watched.lookAgain()), { signal });
    page.addEventListener("online", told((watched) => watched.online()), { signal });
    return () => end.abort();
}
