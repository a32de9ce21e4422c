import Foundation

/// The middle of what was measured, its quartiles, and the best tenth: what a round takes that nothing else disturbs.
struct Spread {
    let best: Double
    let median: Double
    let low: Double
    let high: Double

    init(_ values: [Double]) {
        let sorted = values.sorted()
        let at = { (part: Double) in sorted[min(sorted.count - 1, Int(part * Double(sorted.count)))] }
        (best, median, low, high) = (at(0.1), at(0.5), at(0.25), at(0.75))
    }
}

/// Returns how many nanoseconds of processor time the process spends, whoever else uses the machine.
func processorNanoseconds(of body: () async throws -> Void) async rethrows -> Double {
    let began = processorTime()
    try await body()
    return processorTime() - began
}

private func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1_000_000_000 + Double(time.tv_nsec)
}

/// Returns how many nanoseconds a function takes.
func nanoseconds(of body: () async throws -> Void) async rethrows -> Double {
    let began = DispatchTime.now().uptimeNanoseconds
    try await body()
    return Double(DispatchTime.now().uptimeNanoseconds - began)
}
