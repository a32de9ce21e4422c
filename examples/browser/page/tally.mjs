/** The counters; the vendor's are the sandbox's own, and none is guessed. */
export class Tally {
    #fields;

    constructor(host) {
        this.#fields = Object.fromEntries(
            [...host.querySelectorAll("[data-count]")].map((field) => [field.dataset.count, field]),
        );
    }

    show(numbers) {
        for (const [name, field] of Object.entries(this.#fields)) {
            const text = String(numbers[name] ?? 0);
            if (field.textContent !== text) field.textContent = text;
        }
    }
}
