/** Middle and quartiles of what was measured, and the best tenth: what a round takes that nothing else disturbs. */
export function spread(values) {
    const sorted = [...values].sort((a, b) => a - b);
    const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
    return { best: at(0.1), median: at(0.5), low: at(0.25), high: at(0.75) };
}
