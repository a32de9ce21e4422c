/** The remote control of the sandbox and the brokers, which the page's own server carries out. */
export class Stage {
    static async enter() {
        const about = await (await fetch("/stage/about")).json();
        return new Stage(about);
    }

    constructor(about) {
        this.about = about;
    }

    look(vendor, ahead, after) {
        return this.#ask("look", { vendor, ahead, after });
    }

    trouble(vendor, trouble) {
        return this.#ask("trouble", { vendor, trouble });
    }

    revoke(vendor) {
        return this.#ask("revoke", { vendor });
    }

    startOver() {
        return this.#ask("startOver", {});
    }

    async #ask(deed, body) {
        const headers = { "content-type": "application/json", "x-csrf-token": this.about.csrf };
        const answer = await fetch(`/stage/${deed}`, { method: "POST", headers, body: JSON.stringify(body) });
        if (!answer.ok) throw new Error(`${deed}: ${answer.status}`);
        return answer.json();
    }
}
