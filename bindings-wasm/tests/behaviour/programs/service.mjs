import { broker, createClient } from "evertoken/slim";

const { api } = JSON.parse(new URLSearchParams(self.location.search).get("place"));
const client = createClient({ provider: broker("/broker/token", { api }), wasm: "/package/evertoken.wasm" });

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
    const { pathname } = new URL(event.request.url);
    if (pathname.startsWith("/through/")) {
        event.respondWith(
            client
                .fetch(pathname.replace("/through", ""))
                .catch((error) => new Response(String(error), { status: 500 })),
        );
    }
});
