/** Reads an answer to its end, at most so many bytes of it, and no longer than until the signal aborts. */
export async function read(
    response: Response,
    limit: number,
    until?: AbortSignal,
): Promise<{ body: Uint8Array; truncated: boolean }> {
    const reader = response.body?.getReader();
    if (reader === undefined) {
        // React Native and test doubles have no streams.
        const body = new Uint8Array(await response.arrayBuffer());
        return { body: body.subarray(0, limit), truncated: body.length > limit };
    }
    // This ends a read that waits, as if the answer were over.
    until?.addEventListener("abort", () => void reader.cancel().catch(() => undefined));
    const chunks: Uint8Array[] = [];
    let length = 0;
    for (;;) {
        const { done, value } = await reader.read();
        if (done) {
            return { body: joined(chunks, length), truncated: until?.aborted === true };
        }
        chunks.push(value);
        length += value.length;
        if (length > limit) {
            // It may never end, and nobody waits for it to be given up.
            reader.cancel().catch(() => undefined);
            return { body: joined(chunks, length).subarray(0, limit), truncated: true };
        }
    }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
    const body = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
        body.set(chunk, at);
        at += chunk.length;
    }
    return body;
}
