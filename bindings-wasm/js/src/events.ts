import type { EventType, EvertokenEvent, Instant } from "../types/index.js";
import { camel, renamed } from "./casing.js";
import { errorOf, type Failure } from "./errors.js";

/** An event as the glue tells it. */
export interface Told {
    readonly type: EventType;
    readonly failure?: Failure;
    readonly until?: Instant;
    readonly [member: string]: unknown;
}

type Listener = (event: EvertokenEvent) => void;

/** Who wants to be told of what. */
export class Listeners {
    readonly #listeners = new Set<{ readonly type: EventType | "*"; readonly listener: Listener }>();

    /** Adds a listener; returns what takes it away again. */
    add(type: EventType | "*", listener: Listener, signal: AbortSignal | undefined): () => void {
        const entry = { type, listener };
        const remove = (): void => {
            this.#listeners.delete(entry);
            signal?.removeEventListener("abort", remove);
        };
        if (signal?.aborted !== true) {
            this.#listeners.add(entry);
            signal?.addEventListener("abort", remove, { once: true });
        }
        return remove;
    }

    /** Tells of an event; a listener that throws harms nobody else, and the platform reports it. */
    tell(told: Told): void {
        let event: EvertokenEvent | undefined;
        for (const { type, listener } of [...this.#listeners]) {
            if (type === "*" || type === told.type) {
                event ??= eventOf(told);
                try {
                    listener(event);
                } catch (error) {
                    queueMicrotask(() => {
                        throw error;
                    });
                }
            }
        }
    }
}

function eventOf({ failure, until, ...facts }: Told): EvertokenEvent {
    return Object.freeze({
        ...renamed(facts as EvertokenEvent, camel),
        ...(failure === undefined ? undefined : { error: errorOf(failure) }),
        ...(until === undefined ? undefined : { until: new Date(until.wall) }),
    });
}
