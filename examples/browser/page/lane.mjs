/** One client's part of the time line: the tokens that it held and the requests that it made. */
export class Lane {
    #tokens = [];
    #requests = [];
    #pauses = [];

    add(wall, { type, generation, reason }) {
        const token = this.#tokens.at(-1);
        const request = this.#requests.at(-1);
        if (type === "started") {
            this.#endPause(wall);
            this.#requests.push({ from: wall, to: undefined, reason });
        } else if (
            ["granted", "failed", "same_token", "abandoned"].includes(type) &&
            request &&
            request.to === undefined
        ) {
            request.to = wall;
            request.outcome = type;
        }
        if (type === "granted" || type === "adopted") {
            if (token) token.to ??= wall;
            this.#tokens.push({ generation, from: wall, to: undefined });
        }
        if ((type === "expired" || type === "invalidated") && token) token.to ??= wall;
    }

    /** Learns from a picture where a token's zones begin, and when a pause is on. */
    see(wall, { life, generation, flight }) {
        const token = this.#tokens.at(-1);
        if (life && token?.generation === generation) {
            token.expiresAt = wall + life.expiresInMs;
            if (life.refreshInMs > 0) token.refreshAt = wall + life.refreshInMs;
            if (life.hardInMs > 0) token.hardAt = wall + life.hardInMs;
        }
        if (!life && token) token.to ??= wall;
        const pause = this.#pauses.at(-1);
        if (flight === "paused" && (!pause || pause.to !== undefined)) this.#pauses.push({ from: wall, to: undefined });
        if (flight !== "paused") this.#endPause(wall);
    }

    forget(before) {
        const stays = ({ to }) => to === undefined || to > before;
        this.#tokens = this.#tokens.filter(stays);
        this.#requests = this.#requests.filter(stays);
        this.#pauses = this.#pauses.filter(stays);
    }

    drawTokens({ ink, colours, card }, x, y, height, now) {
        for (const { generation, from, to, refreshAt, hardAt, expiresAt } of this.#tokens) {
            const end = Math.min(to ?? now, expiresAt ?? now);
            const marks = [from, refreshAt ?? end, hardAt ?? end, end].map((at) => Math.min(Math.max(at, from), end));
            ["fresh", "window", "hard"].forEach((zone, index) => {
                ink.fillStyle = colours[zone];
                ink.fillRect(x(marks[index]), y, x(marks[index + 1]) - x(marks[index]), height);
            });
            ink.fillStyle = card;
            ink.fillRect(x(end), y, 1.5, height);
            if (x(end) - x(from) < 18) continue;
            ink.fillStyle = card;
            ink.fillText(String(generation), Math.max(4, x(from) + 6), y + height - 6);
        }
    }

    drawRequests({ ink, colours, soft }, x, y, height, now) {
        for (const { from, to } of this.#pauses)
            hatch(ink, colours.paused, x(from), y + 2, x(to ?? now) - x(from), height - 8);
        for (const { from, to, outcome } of this.#requests) {
            const [left, right, middle] = [x(from), x(to ?? now), y + height / 2 - 2];
            ink.fillStyle = soft;
            ink.fillRect(left, middle - 1, Math.max(1, right - left), 2);
            if (outcome === "granted") disc(ink, colours.fresh, right, middle);
            else if (outcome === "same_token") ring(ink, colours.paused, right, middle);
            else if (outcome) cross(ink, colours.expired, right, middle);
        }
    }

    #endPause(wall) {
        const pause = this.#pauses.at(-1);
        if (pause) pause.to ??= wall;
    }
}

function disc(ink, colour, x, y) {
    ink.fillStyle = colour;
    ink.beginPath();
    ink.arc(x, y, 5, 0, 2 * Math.PI);
    ink.fill();
}

function ring(ink, colour, x, y) {
    ink.strokeStyle = colour;
    ink.lineWidth = 2;
    ink.beginPath();
    ink.arc(x, y, 4, 0, 2 * Math.PI);
    ink.stroke();
}

function cross(ink, colour, x, y) {
    ink.strokeStyle = colour;
    ink.lineWidth = 2.2;
    ink.beginPath();
    ink.moveTo(x - 4, y - 4);
    ink.lineTo(x + 4, y + 4);
    ink.moveTo(x + 4, y - 4);
    ink.lineTo(x - 4, y + 4);
    ink.stroke();
}

function hatch(ink, colour, x, y, width, height) {
    ink.save();
    ink.beginPath();
    ink.rect(x, y, width, height);
    ink.clip();
    ink.strokeStyle = colour;
    ink.globalAlpha = 0.7;
    ink.lineWidth = 1.2;
    ink.beginPath();
    for (let at = Math.floor((x - height) / 6) * 6; at < x + width; at += 6) {
        ink.moveTo(at, y + height);
        ink.lineTo(at + height, y);
    }
    ink.stroke();
    ink.restore();
}
