// The door to the host's `fetch`: the requests of the clients are counted here, and pass unchanged.

/** Counts how many requests have begun and ended; one ends with its whole answer, its failure, or when it is given up. */
export class Door {
    begun = 0;
    ended = 0;
    readonly #streams: boolean;
    readonly #failures = new WeakSet<object>();

    /** `streams` says whether the host sends a body as it is made, over HTTP/1.1. */
    constructor(streams: boolean) {
        this.#streams = streams;
    }

    readonly fetch: typeof fetch = async (input, init) => {
        const end = this.#begin();
        signalOf(input, init)?.addEventListener("abort", end);
        try {
            const answer = await globalThis.fetch(input, this.#streams ? init : await gathered(init));
            void drained(answer.clone()).then(end);
            return answer;
        } catch (error) {
            end();
            if (typeof error === "object" && error !== null) {
                this.#failures.add(error);
            }
            throw error;
        }
    };

    /** Whether an error is the very one that the host's `fetch` failed with. */
    failedWith(error: unknown): boolean {
        return typeof error === "object" && error !== null && this.#failures.has(error);
    }

    #begin(): () => void {
        this.begun += 1;
        let over = false;
        return () => {
            this.ended += over ? 0 : 1;
            over = true;
        };
    }
}

/** Where a body cannot be streamed it is gathered at the door: the client has sent it as one that cannot be repeated. */
async function gathered(init: RequestInit | undefined): Promise<RequestInit | undefined> {
    return init?.body instanceof ReadableStream ? { ...init, body: await new Response(init.body).text() } : init;
}

async function drained(answer: Response): Promise<void> {
    try {
        await answer.arrayBuffer();
    } catch {
        // The client has noticed it by its own reading.
    }
}

function signalOf(input: RequestInfo | URL, init: RequestInit | undefined): AbortSignal | null | undefined {
    return init?.signal ?? (input instanceof Request ? input.signal : undefined);
}
