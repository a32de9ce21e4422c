// A page's own server, which keeps the secret and hands out short-lived tokens.
//
//     export PIWIK_PRO_CLIENT_ID=.. PIWIK_PRO_CLIENT_SECRET=..
//     node server.mjs acme.piwik.pro [PORT]
//
// In the page: createClient({ provider: broker("/token", { api: piwikPro.api("acme.piwik.pro"), headers: () => ({ "x-csrf-token": csrf }) }) })

import { createServer } from "node:http";
import { createClient, piwikPro } from "evertoken";
import { broker } from "./broker.mjs";
import { Sessions } from "./sessions.mjs";

const [account, port = "8080"] = process.argv.slice(2);
const sessions = new Sessions();
const client = createClient({ provider: piwikPro(account) });
const token = broker(client, { allows: (request) => sessions.allows(request), probe: "/api/apps/v2?limit=1" });

const server = createServer((request, response) => {
    if (request.url === "/token") return token(request, response);
    if (request.url === "/login") return response.end(sessions.open(response)); // your log-in; the CSRF token goes into your page
    response.writeHead(404).end();
});
server.listen(Number(port), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
