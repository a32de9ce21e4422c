import { Lane } from "./lane.mjs";

const SPAN_MS = 90_000;
const BUCKET_MS = 500;
const HEIGHTS = { calls: 64, token: 22, requests: 18, gap: 30 };

/** The time line: the last minute and a half, drawn from right to left. */
export class Tape {
    #canvas;
    #clock;
    #lanes;
    #buckets = new Map();
    #troubles = [];
    #style;

    constructor(canvas, clock) {
        this.#canvas = canvas;
        this.#clock = clock;
        this.#lanes = { page: new Lane(), broker: new Lane() };
        const restyle = () => (this.#style = undefined);
        matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);
        addEventListener("resize", restyle);
    }

    call(wall, served) {
        const at = Math.floor(wall / BUCKET_MS);
        const bucket = this.#buckets.get(at) ?? { served: 0, failed: 0 };
        bucket[served ? "served" : "failed"]++;
        this.#buckets.set(at, bucket);
    }

    event(lane, wall, event) {
        this.#lanes[lane].add(wall, event);
    }

    picture(lane, wall, picture) {
        this.#lanes[lane].see(wall, picture);
    }

    /** A trouble begins, or all end (`null`). */
    trouble(wall, name) {
        const last = this.#troubles.at(-1);
        if (last && last.to === undefined) last.to = wall;
        if (name) this.#troubles.push({ from: wall, to: undefined, name });
    }

    /** Something of a known length, such as a sleep, or of none, such as a revocation. */
    mark(from, to, name) {
        this.#troubles.push({ from, to, name });
    }

    draw() {
        const style = (this.#style ??= this.#measure());
        const { width, height, ink } = style;
        const now = this.#clock.now().wall;
        const x = (wall) => width - 14 - ((now - wall) / SPAN_MS) * (width - 14);
        ink.setTransform(style.scale, 0, 0, style.scale, 0, 0);
        ink.clearRect(0, 0, width, height);
        ink.font = style.font;
        ink.textBaseline = "alphabetic";
        this.#forget(now - SPAN_MS * 1.2);
        this.#drawTroubles(style, x, now);
        this.#drawSeconds(style, x, now);
        let y = 20;
        y = this.#title(style, y, "calls");
        this.#drawCalls(style, x, y);
        y += HEIGHTS.calls;
        for (const [name, lane] of Object.entries(this.#lanes)) {
            y = this.#title(style, y + HEIGHTS.gap, name === "page" ? "token in this page" : "token at the broker");
            lane.drawTokens(style, x, y, HEIGHTS.token, now);
            lane.drawRequests(style, x, y + HEIGHTS.token + 4, HEIGHTS.requests, now);
            y += HEIGHTS.token + HEIGHTS.requests;
        }
    }

    /** Titles stand over their lane, at the left. */
    #title({ ink, soft }, y, text) {
        ink.fillStyle = soft;
        ink.fillText(text, 0, y);
        return y + 8;
    }

    #drawTroubles({ ink, height, colours, soft, font }, x, now) {
        ink.textAlign = "left";
        for (const { from, to, name } of this.#troubles) {
            const [left, right] = [Math.max(0, x(from)), x(to ?? now)];
            if (right <= 0) continue;
            ink.globalAlpha = name === "asleep" ? 0.28 : 0.14;
            ink.fillStyle = name === "asleep" ? soft : colours.hard;
            ink.fillRect(left, 0, Math.max(2, right - left), height - 18);
            ink.globalAlpha = 1;
            ink.fillStyle = soft;
            ink.font = font;
            const wide = ink.measureText(name).width;
            ink.fillText(name, Math.max(0, Math.min(left + 5, x(now) - wide)), height - 24);
        }
    }

    #drawSeconds({ ink, height, width, soft, line }, x, now) {
        ink.textAlign = "center";
        const step = width < 500 ? 30_000 : 15_000;
        for (let ago = 0; ago < SPAN_MS; ago += step) {
            const at = x(now - ago);
            ink.fillStyle = line;
            ink.fillRect(at, 0, 1, height - 18);
            ink.fillStyle = soft;
            ink.fillText(ago === 0 ? "now" : `−${ago / 1000} s`, Math.min(at, width - 14), height - 4);
        }
        ink.textAlign = "left";
    }

    #drawCalls({ ink, width, colours, line }, x, y) {
        const wide = Math.max(2, (BUCKET_MS / SPAN_MS) * width - 1);
        const base = y + HEIGHTS.calls - 14;
        ink.fillStyle = line;
        ink.fillRect(0, base, width, 1);
        for (const [at, { served, failed }] of this.#buckets) {
            const left = x(at * BUCKET_MS);
            ink.fillStyle = colours.fresh;
            ink.fillRect(left, base - tall(served), wide, tall(served));
            ink.fillStyle = colours.expired;
            // Failures hang below the line, so that colour is not all that tells them apart.
            ink.fillRect(left, base + 1, wide, Math.min(14, tall(failed)));
        }
    }

    #forget(before) {
        for (const at of this.#buckets.keys()) if (at * BUCKET_MS < before) this.#buckets.delete(at);
        this.#troubles = this.#troubles.filter(({ to }) => to === undefined || to > before);
        Object.values(this.#lanes).forEach((lane) => lane.forget(before));
    }

    #measure() {
        const scale = devicePixelRatio || 1;
        const height = 20 + 8 + HEIGHTS.calls + 2 * (HEIGHTS.gap + 8 + HEIGHTS.token + HEIGHTS.requests) + 40;
        const width = this.#canvas.parentElement.clientWidth;
        Object.assign(this.#canvas, { width: Math.round(width * scale), height: Math.round(height * scale) });
        Object.assign(this.#canvas.style, { width: `${width}px`, height: `${height}px` });
        const css = getComputedStyle(this.#canvas);
        const value = (name) => css.getPropertyValue(name).trim();
        const colours = Object.fromEntries(
            ["fresh", "window", "hard", "withheld", "rejected", "paused", "expired"].map((name) => [
                name,
                value(`--${name}`),
            ]),
        );
        const ink = this.#canvas.getContext("2d");
        const font = `12px ${css.fontFamily}`;
        return {
            scale,
            width,
            height,
            ink,
            colours,
            font,
            soft: value("--soft"),
            line: value("--line"),
            card: value("--card"),
            strong: value("--ink"),
        };
    }
}

/** A few calls are seen, and many do not burst the lane. */
function tall(count) {
    return count === 0 ? 0 : Math.min(HEIGHTS.calls - 16, 12 + 7 * Math.log2(count));
}
