import { randomBytes } from "node:crypto";

/** Stands for your application's own sessions: a cookie that scripts cannot read, and a CSRF token that only the page has. */
export class Sessions {
    #csrf = new Map();

    /** Opens a session: sets its cookie and returns the CSRF token for the page. */
    open(response) {
        const [session, csrf] = [randomBytes(16).toString("hex"), randomBytes(16).toString("hex")];
        this.#csrf.set(session, csrf);
        response.setHeader("set-cookie", `session=${session}; HttpOnly; SameSite=Strict; Path=/`);
        return csrf;
    }

    /** Says whether a request comes from a page with a session. */
    allows(request) {
        const csrf = this.#csrf.get(/(?:^|; )session=([0-9a-f]+)/.exec(request.headers.cookie ?? "")?.[1]);
        return csrf !== undefined && request.headers["x-csrf-token"] === csrf;
    }
}
