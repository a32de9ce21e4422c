/** A session of bare WebDriver. */
export class Session {
    #url;

    constructor(url, capabilities) {
        this.#url = url;
        this.capabilities = capabilities;
    }

    static async start(origin, wanted) {
        const { sessionId, capabilities } = await send("POST", `${origin}/session`, {
            capabilities: { alwaysMatch: wanted },
        });
        const session = new Session(`${origin}/session/${sessionId}`, capabilities);
        await session.post("timeouts", { script: 600_000, pageLoad: 60_000 });
        return session;
    }

    get(command) {
        return send("GET", `${this.#url}/${command}`);
    }

    post(command, body = {}) {
        return send("POST", `${this.#url}/${command}`, body);
    }

    delete(command) {
        return send("DELETE", `${this.#url}/${command}`);
    }

    end() {
        return send("DELETE", this.#url);
    }
}

async function send(method, url, body) {
    const response = await fetch(url, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const { value } = await response.json();
    if (!response.ok) {
        throw new Error(`${method} ${new URL(url).pathname}: ${value?.error}: ${value?.message}`);
    }
    return value;
}
