// Lists the sites and apps of a Piwik PRO account. https://developers.piwik.pro/reference/authentication
//
//     export PIWIK_PRO_CLIENT_ID=.. PIWIK_PRO_CLIENT_SECRET=..
//     node piwik_pro.mjs acme.piwik.pro

import { createClient, piwikPro } from "evertoken";

const piwik = createClient({ provider: piwikPro(process.argv[2]) });

for (const { id, attributes } of (await json(piwik.fetch("/api/apps/v2"))).data) {
    console.log(id, attributes.name);
}

// The API takes application/vnd.api+json only; `json` knows.
const shop = { data: { type: "ppms/app", attributes: { name: "Shop", urls: ["https://shop.example.com"] } } };
const { data } = await json(piwik.fetch("/api/apps/v2", { method: "POST", json: shop }));
console.log("made", data.id);
await json(piwik.fetch(`/api/apps/v2/${data.id}`, { method: "DELETE" }));
console.log("deleted it");

/** What is not an answer of the API's own is an error. */
async function json(call) {
    const response = await call;
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return response.status === 204 ? undefined : response.json();
}
