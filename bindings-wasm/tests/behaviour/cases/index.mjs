import { BROWSERS, HOSTS, RUNTIMES } from "../../hosts/names.mjs";
import { aborts } from "./aborts.mjs";
import { errors } from "./errors.mjs";
import { listeners } from "./listeners.mjs";
import { loading } from "./loading.mjs";
import { outages } from "./outages.mjs";
import { pages } from "./pages.mjs";
import { redirects } from "./redirects.mjs";
import { requests } from "./requests.mjs";
import { secrets } from "./secrets.mjs";
import { servers } from "./servers.mjs";
import { silence } from "./silence.mjs";
import { storms } from "./storms.mjs";
import { time } from "./time.mjs";
import { transports } from "./transports.mjs";
import { urls } from "./urls.mjs";

const BYTES = HOSTS.filter((host) => host !== "workerd");
const PROCESSES = RUNTIMES.filter((host) => host !== "workerd");

/** Cases by subject, and where they run. */
export const SUITES = {
    aborts: { hosts: HOSTS, cases: aborts },
    errors: { hosts: HOSTS, cases: errors },
    listeners: { hosts: HOSTS, cases: listeners },
    loading: { hosts: BYTES, cases: loading, alone: true },
    outages: { hosts: HOSTS, cases: outages },
    pages: { hosts: BROWSERS, cases: pages },
    redirects: { hosts: HOSTS, cases: redirects },
    requests: { hosts: HOSTS, cases: requests },
    secrets: { hosts: HOSTS, cases: secrets },
    servers: { hosts: PROCESSES, cases: servers, alone: true },
    silence: { hosts: HOSTS, cases: silence },
    storms: { hosts: HOSTS, cases: storms },
    time: { hosts: HOSTS, cases: time },
    transports: { hosts: HOSTS, cases: transports },
    urls: { hosts: HOSTS, cases: urls },
};
