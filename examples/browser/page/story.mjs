const MOST = 60;
const BETWEEN_ANNOUNCEMENTS_MS = 1500;

/** What happened, as a list to read; what matters is also announced to those who do not see it. */
export class Story {
    #list;
    #live;
    #began;
    #waiting;

    constructor({ list, live }, began) {
        this.#list = list;
        this.#live = live;
        this.#began = began;
    }

    /** Adds a line where its time puts it, the newest first. The same line again is counted. */
    tell(wall, tone, text) {
        const lines = [...this.#list.children];
        const next = lines.find((line) => Number(line.dataset.wall) <= wall);
        if (next?.dataset.text === text) {
            const times = Number(next.dataset.times ?? 1) + 1;
            next.dataset.times = times;
            next.querySelector(".times").textContent = ` ×${times}`;
            return;
        }
        const line = document.createElement("li");
        Object.assign(line.dataset, { tone, text, wall });
        const time = document.createElement("time");
        time.textContent = `${((wall - this.#began) / 1000).toFixed(1)} s`;
        const said = document.createElement("span");
        said.textContent = text;
        const times = document.createElement("span");
        times.className = "times";
        line.append(time, said, times);
        this.#list.insertBefore(line, next ?? null);
        if (lines.length >= MOST) this.#list.lastElementChild.remove();
    }

    /** Says something to assistive technology, not more often than one can listen. */
    announce(text) {
        const waits = this.#waiting !== undefined;
        this.#waiting = text;
        if (waits) return;
        setTimeout(() => {
            this.#live.textContent = this.#waiting;
            this.#waiting = undefined;
        }, BETWEEN_ANNOUNCEMENTS_MS);
    }
}
