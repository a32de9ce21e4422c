import { Sessions } from "../../javascript/broker-node/sessions.mjs";
import { Library } from "./library.mjs";
import { Sandbox } from "./sandbox.mjs";
import { Site } from "./site.mjs";
import { Stage } from "./stage.mjs";

/** The whole of it: the sandbox, the brokers and the page. */
export class Demo {
    /** Starts it; tokens live `lifetimeMs`. */
    static async start({ port = 0, lifetimeMs = 40_000 } = {}) {
        const library = await Library.find();
        const sandbox = await Sandbox.start();
        try {
            const sessions = new Sessions();
            const stage = await Stage.open(sandbox, await library.import(), sessions, lifetimeMs);
            const site = new Site(library, stage, sessions);
            return new Demo(sandbox, site, await site.listen(port));
        } catch (error) {
            sandbox.close();
            throw error;
        }
    }

    constructor(sandbox, site, url) {
        this.sandbox = sandbox;
        this.site = site;
        this.url = url;
    }

    close() {
        this.site.close();
        this.sandbox.close();
    }
}
