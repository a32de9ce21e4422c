// Lists the users of an OroCommerce shop. https://doc.oroinc.com/api/authentication/oauth-client-credentials/
//
//     export ORO_CLIENT_ID=.. ORO_CLIENT_SECRET=..     # made in System > User Management > OAuth Applications
//     node oro_commerce.mjs https://shop.example.com

import { createClient, oroCommerce } from "evertoken";

// The storefront's API is another surface, with OAuth applications and tokens of its own: surface: "storefront".
const shop = createClient({ provider: oroCommerce(process.argv[2], { surface: "back_office" }) });

const response = await shop.fetch("/admin/api/users?page[size]=10");
if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
for (const { id, type } of (await response.json()).data) {
    console.log(id, type);
}
