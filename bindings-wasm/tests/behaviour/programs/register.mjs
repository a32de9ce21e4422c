/** Registers a service worker, asks the API through it, and takes it away again. */
export default async function register({ url, type, place }) {
    const worker = `${url}?place=${encodeURIComponent(JSON.stringify(place))}`;
    const registration = await navigator.serviceWorker.register(worker, { type, scope: "/" });
    try {
        while (navigator.serviceWorker.controller?.scriptURL !== new URL(worker, location.href).href) {
            await new Promise((resolve) =>
                navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }),
            );
        }
        const responses = await Promise.all(Array.from({ length: 20 }, () => fetch("/through/items")));
        return await Promise.all(
            responses.map(async (response) => [response.status, response.ok ? "" : await response.text()]),
        );
    } finally {
        await registration.unregister();
    }
}
