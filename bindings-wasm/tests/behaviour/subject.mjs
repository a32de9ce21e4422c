import * as evertoken from "evertoken";
import * as slim from "evertoken/slim";
import { SUITES } from "./cases/index.mjs";
import { equal, turn } from "./expect.mjs";
import { World } from "./world.mjs";

/** What runs in a host: one case against the sandbox, after which nothing may be left rejected without a reader. */
export default async function perform(place, context) {
    const unread = [];
    const read = (event) => unread.push(String(event?.reason?.stack ?? event?.reason ?? event?.stack ?? event));
    globalThis.addEventListener?.("unhandledrejection", read);
    globalThis.process?.on?.("unhandledRejection", read);
    const world = new World(place, evertoken, slim, context);
    await world.control.reset();
    try {
        return await SUITES[place.suite].cases[place.name](world);
    } catch (error) {
        world.hasFailed = true;
        throw error;
    } finally {
        world.end();
        await turn(5);
        globalThis.removeEventListener?.("unhandledrejection", read);
        globalThis.process?.removeListener?.("unhandledRejection", read);
        equal(unread, [], "rejections that nobody reads");
    }
}
