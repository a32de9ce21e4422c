/** What was shown where: behaviours by hosts, in Markdown. */
export class Table {
    #rows = new Map();

    constructor(hosts) {
        this.hosts = hosts;
    }

    /** Notes a test of a host; in brackets at its name's end it may say `real` or `simulated`. */
    add(name, host, isPassed) {
        const [, title, how] = /^(.*?)(?: \((real|simulated)\))?$/.exec(name);
        const cell = isPassed ? (how === "simulated" ? "passed, *simulated*" : "passed") : "**failed**";
        this.#rows.set(title, { ...this.#rows.get(title), [host]: cell });
    }

    toString() {
        const line = (cells) => `| ${cells.join(" | ")} |\n`;
        const rows = [...this.#rows].map(([title, cells]) =>
            line([title, ...this.hosts.map((host) => cells[host] ?? "")]),
        );
        return line(["behaviour", ...this.hosts]) + line(["---", ...this.hosts.map(() => "---")]) + rows.join("");
    }
}
