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

    /** Adds a line. The same line again is counted. */
    tell(wall, tone, text) {
        const last = this.#list.firstElementChild;
        if (last?.dataset.text === text) {
            const times = Number(last.dataset.times ?? 1) + 1;
            last.dataset.times = times;
            last.querySelector(".times").textContent = ` ×${times}`;
            return;
        }
        const line = document.createElement("li");
        line.dataset.tone = tone;
        line.dataset.text = text;
        const time = document.createElement("time");
        time.textContent = `${((wall - this.#began) / 1000).toFixed(1)} s`;
        const said = document.createElement("span");
        said.textContent = text;
        const times = document.createElement("span");
        times.className = "times";
        line.append(time, said, times);
        this.#list.prepend(line);
        while (this.#list.children.length > MOST) this.#list.lastElementChild.remove();
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
