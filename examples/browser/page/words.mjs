const REASONS = {
    absent: "no token is held",
    credentials_changed: "there are new credentials",
    min_valid: "the token should live longer",
    rejected: "the API rejected the token",
    retry: "you asked",
    wall_step: "the clock moved on",
    window: "the token is near its end",
};

/** Says an event as a person would: its tone and a sentence. `who` asks `whom`. */
export function inWords({ type, generation, lifetimeMs, reason, error, served, wallMs }, { who, whom }) {
    switch (type) {
        case "started":
            return ["ask", `${who} asks ${whom}: ${REASONS[reason] ?? reason}.`];
        case "granted":
            return ["good", `${who} got token ${generation}, good for ${seconds(lifetimeMs)}.`];
        case "adopted":
            return ["good", `${who} took token ${generation} from another tab.`];
        case "failed": {
            const fix = error.code === "server_error" || error.code === "throttled" ? "" : ` ${error.fix}`;
            const serves = served ? " The token at hand serves on." : "";
            return [served ? "warn" : "bad", `${who} got no token (${error.code}).${serves}${fix}`];
        }
        case "same_token":
            return ["note", `${who} got the same token from ${whom} again.`];
        case "rejected":
            return ["warn", `The API rejected token ${generation} of ${who.toLowerCase()}.`];
        case "expired":
            return ["warn", `${who}: token ${generation} expired.`];
        case "paused":
            return ["note", `${who} leaves ${whom} in peace for a while.`];
        case "clock_stepped":
            return ["note", `${who} noticed that the clock moved on by ${seconds(wallMs)}.`];
        case "credentials_changed":
            return ["note", `${who} has new credentials.`];
        default:
            return ["note", `${who}: ${type.replaceAll("_", " ")}.`];
    }
}

function seconds(ms) {
    return `${Math.round(ms / 1000)} s`;
}
