import { broker, createClient, didomi, oroCommerce, piwikPro } from "evertoken";

const APIS = {
    piwik_pro: (url) => piwikPro.api(url),
    didomi: (url) => didomi.api({ endpoint: url }),
    oro: (url) => oroCommerce.api(url, { surface: "back_office" }),
};

/** A vendor's API as this page calls it; all that it knows comes from the library's public API. */
export class Account {
    #path;

    constructor({ name, title, path, api }, { clock, csrf }) {
        this.name = name;
        this.title = title;
        this.calls = { open: 0, served: 0, failed: 0 };
        this.#path = path;
        this.client = createClient({
            provider: broker(`/token/${name}`, {
                api: APIS[name](api),
                // The broker looks at its own token if the API rejected ours.
                headers: ({ reason }) => ({
                    "x-csrf-token": csrf,
                    ...(reason === "rejected" && { "x-token-rejected": "1" }),
                }),
            }),
            clock,
            // Each tab of the demo has a token of its own to show; by default they share one.
            tabs: false,
        });
    }

    /** Calls the API once; tells how it went. */
    async call() {
        this.calls.open++;
        try {
            const answer = await this.client.fetch(this.#path);
            await answer.text();
            this.calls[answer.ok ? "served" : "failed"]++;
            return { served: answer.ok, status: answer.status };
        } catch (error) {
            this.calls.failed++;
            return { served: false, error };
        } finally {
            this.calls.open--;
        }
    }

    close() {
        this.client.close();
    }
}
