/** The three vendors as the sandbox plays them: how this server gets tokens, and what the page calls. */
export const VENDORS = {
    piwik_pro: {
        title: "Piwik PRO",
        path: "/api/apps/v2",
        provider: ({ piwikPro }, about) => {
            const { id, secret } = about.keys.piwik_pro;
            return piwikPro(about.piwik_pro.http, { clientId: id, clientSecret: secret });
        },
        key: "piwik_pro",
    },
    didomi: {
        title: "Didomi",
        path: "/v1/properties?organization_id=sandbox",
        provider: ({ didomi }, about) => {
            const { id, secret } = about.keys.didomi;
            return didomi({ key: id, secret, endpoint: about.didomi.http });
        },
        key: "didomi",
    },
    oro: {
        title: "OroCommerce",
        path: "/admin/api/users",
        provider: ({ oroCommerce }, about) => {
            const { id, secret } = about.keys.oro_back_office;
            return oroCommerce(about.oro.http, { surface: "back_office", clientId: id, clientSecret: secret });
        },
        key: "oro_back_office",
    },
};
