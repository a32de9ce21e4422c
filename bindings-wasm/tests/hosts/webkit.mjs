import { spawn } from "./child.mjs";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Browser, Page, serve } from "./browser.mjs";
import { Session } from "./webdriver.mjs";

const PACKAGES = "webkit2gtk-driver xvfb xauth";

/** Starts WebKitGTK's MiniBrowser below an X server of its own, driven by bare WebDriver. */
export async function start() {
    const xvfb = Browser.program("/usr/bin/Xvfb", PACKAGES);
    const driver = Browser.program("/usr/bin/WebKitWebDriver", PACKAGES);
    const server = await serve();
    const children = [];
    try {
        const screen = spawn(xvfb, ["-displayfd", "3", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"], {
            stdio: ["ignore", "ignore", "ignore", "pipe"],
        });
        children.push(screen);
        const [display] = await once(screen.stdio[3].setEncoding("utf8"), "data");
        const port = await freePort();
        children.push(
            spawn(driver, [`--port=${port}`], {
                stdio: "ignore",
                env: { ...process.env, DISPLAY: `:${display.trim()}`, NO_AT_BRIDGE: "1", GDK_BACKEND: "x11" },
            }),
        );
        const session = await connected(`http://127.0.0.1:${port}`);
        return new Webkit(server, session, children);
    } catch (error) {
        await ended(children);
        await server.close();
        throw error;
    }
}

class Webkit extends Browser {
    #children;
    #queue = Promise.resolve();
    // The first window stays open: a window is made from one that is there, and the session ends with the last.
    #blank;

    constructor(server, session, children) {
        super("webkit", server);
        this.#children = children;
        /** The WebDriver session. */
        this.native = session;
        this.version = `${session.capabilities.browserName} ${session.capabilities.browserVersion}`;
    }

    /** Opens a page: a path of the server, or a URL. */
    async page({ path = "/" } = {}) {
        const handle = await this.command(async (session) => {
            this.#blank ??= (await session.get("window/handles"))[0];
            await session.post("window", { handle: this.#blank });
            return (await session.post("window/new", { type: "tab" })).handle;
        });
        const page = new WebkitPage(this, handle);
        await page.goto(new URL(path, this.server.origin).href);
        return page;
    }

    /** Runs commands that belong together: a session does one thing at a time, in the window it was switched to. */
    command(action) {
        const done = this.#queue.then(() => action(this.native));
        this.#queue = done.catch(() => undefined);
        return done;
    }

    async close() {
        await this.command((session) => session.end()).catch(() => undefined);
        await ended(this.#children);
        await this.server.close();
    }
}

class WebkitPage extends Page {
    #handle;
    #evaluations = 0;

    constructor(browser, handle) {
        super(browser);
        this.#handle = handle;
    }

    goto(url) {
        return this.#here((session) => session.post("url", { url }));
    }

    /** The function's answer comes by the server's mailbox: the session stays free for other pages meanwhile. */
    async evaluate(action, argument) {
        const box = `webkit-${this.#handle}-${(this.#evaluations += 1)}`;
        const script = `
            const [argument, mailbox] = arguments;
            (async () => {
                let letter;
                try {
                    letter = { value: await (${action})(argument) };
                } catch (error) {
                    letter = { error: String(error?.message ?? error) };
                }
                await fetch(mailbox, { method: "POST", body: JSON.stringify(letter) });
            })();
        `;
        const mailbox = `${this.browser.server.origin}/mailbox/${box}`;
        const args = [argument ?? null, mailbox];
        await this.#here((session) => session.post("execute/sync", { script, args }));
        const letter = await this.browser.server.mail(box);
        if (letter.error !== undefined) {
            throw new Error(letter.error);
        }
        return letter.value;
    }

    close() {
        return this.#here((session) => session.delete("window"));
    }

    #here(action) {
        return this.browser.command(async (session) => {
            await session.post("window", { handle: this.#handle });
            return action(session);
        });
    }
}

async function freePort() {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address();
    server.close();
    await once(server, "close");
    return port;
}

async function connected(origin) {
    for (let attempt = 0; ; attempt += 1) {
        try {
            return await Session.start(origin, { acceptInsecureCerts: true });
        } catch (error) {
            if (attempt === 200 || error.cause?.code !== "ECONNREFUSED") {
                throw error;
            }
            await sleep(25);
        }
    }
}

async function ended(children) {
    for (const child of children.reverse()) {
        if (child.exitCode === null && child.signalCode === null) {
            child.kill();
            await once(child, "exit");
        }
    }
}
