/** Two calls with the package at a URL. */
export default async function flaky({ entry, api }) {
    const { broker, createClient } = await import(entry);
    const client = createClient({ provider: broker("/broker/token", { api }), tabs: false });
    const call = () =>
        client.fetch("/items").then(
            ({ status }) => status,
            ({ code }) => code,
        );
    return [await call(), await call()];
}
