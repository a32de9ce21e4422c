// Lists the properties of a Didomi organization. https://developers.didomi.io/api/introduction/authentication
//
//     export DIDOMI_API_KEY=.. DIDOMI_API_SECRET=..
//     node didomi.mjs ORGANIZATION

import { createClient, didomi } from "evertoken";

const client = createClient({ provider: didomi({ endpoint: process.env.DIDOMI_ENDPOINT }) });

const response = await client.fetch(`/v1/properties?organization_id=${encodeURIComponent(process.argv[2])}`);
if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
for (const { id, name } of (await response.json()).data) {
    console.log(id, name);
}
