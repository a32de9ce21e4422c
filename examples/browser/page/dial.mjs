const SVG = "http://www.w3.org/2000/svg";
const RADIUS = 168;
const ZONE_RADIUS = 151;
const GROWTH_RADIUS = 138;
const MOST_RINGS = 9;

/** A token's life as a ring that runs out, with a thin ring inside for each token before it, as a tree has them. */
export class Dial {
    #parts;
    #past = [];
    #shown;
    #marks = [1, 1];

    constructor(host, { rings = true } = {}) {
        const svg = make("svg", { viewBox: "0 0 400 400", "aria-hidden": "true", focusable: "false" });
        this.#parts = {
            rings: make("g", { class: "rings" }),
            track: make("circle", { class: "track", cx: 200, cy: 200, r: RADIUS }),
            window: make("path", { class: "zone zone-window" }),
            hard: make("path", { class: "zone zone-hard" }),
            life: make("path", { class: "life" }),
            hand: make("circle", { class: "hand", r: 13 }),
            pulse: make("circle", { class: "pulse", cx: 200, cy: 200, r: RADIUS }),
        };
        svg.append(...Object.values(this.#parts));
        host.prepend(svg);
        this.#parts.rings.style.display = rings ? "" : "none";
        this.host = host;
    }

    /** Draws a picture; a new generation leaves the ring of the one before. */
    show(picture) {
        const { life, zone, generation, flight } = picture;
        if (this.#shown && this.#shown.generation !== generation && this.#shown.life) this.#grow(this.#shown.zone);
        this.#shown = picture;
        this.host.dataset.zone = zone;
        this.host.dataset.flight = flight;
        const at = (leftMs) => (life ? Math.max(0, 1 - leftMs / life.lifetimeMs) : 1);
        const now = at(life?.expiresInMs);
        // Marks that are passed stay where they are.
        if (life && life.refreshInMs > 0)
            this.#marks = [at(life.expiresInMs - life.refreshInMs), at(life.expiresInMs - life.hardInMs)];
        const [window, hard] = life ? this.#marks : [1, 1];
        this.#parts.window.setAttribute("d", arc(window, hard, ZONE_RADIUS));
        this.#parts.hard.setAttribute("d", arc(hard, 1, ZONE_RADIUS));
        this.#parts.life.setAttribute("d", arc(now, 1, RADIUS));
        const [x, y] = point(now, RADIUS);
        this.#parts.hand.setAttribute("cx", x);
        this.#parts.hand.setAttribute("cy", y);
    }

    #grow(zone) {
        this.#past.unshift(zone);
        this.#past.length = Math.min(this.#past.length, MOST_RINGS);
        const rings = this.#past.map((ended, index) =>
            make("circle", { class: "ring", "data-zone": ended, cx: 200, cy: 200, r: GROWTH_RADIUS - index * 5 }),
        );
        this.#parts.rings.replaceChildren(...rings);
    }
}

function make(name, attributes) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
}

/** A point of the ring; 0 and 1 are at the top, and it runs clockwise. */
function point(part, radius) {
    const angle = (part - 0.25) * 2 * Math.PI;
    return [200 + radius * Math.cos(angle), 200 + radius * Math.sin(angle)].map((value) => value.toFixed(2));
}

function arc(from, to, radius) {
    const [begin, end] = [Math.max(0, from), Math.min(0.9999, to)];
    if (end - begin < 0.0005) return "";
    return `M ${point(begin, radius)} A ${radius} ${radius} 0 ${end - begin > 0.5 ? 1 : 0} 1 ${point(end, radius)}`;
}
