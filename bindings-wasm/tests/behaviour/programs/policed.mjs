import * as evertoken from "evertoken";
import * as slim from "evertoken/slim";

// What comes of both entries in a page with a Content-Security-Policy: sent by mail, as no other script may run there.
const { api, mailbox } = document.querySelector("meta[name=place]").dataset;
const provider = evertoken.broker("/broker/token", { api });
const clients = [
    evertoken.createClient({ provider, tabs: false }),
    slim.createClient({ provider, tabs: false, wasm: () => "/package/evertoken.wasm" }),
];
const told = await Promise.all(
    clients.map((client) =>
        client.fetch("/items").then(
            ({ status }) => ({ status }),
            ({ code, fix }) => ({ code, fix }),
        ),
    ),
);
await fetch(mailbox, { method: "POST", body: JSON.stringify(told) });
