import Foundation

extension TimeInterval {
    init(millis: UInt64) {
        self = TimeInterval(millis) / 1_000
    }

    /// Returns it in whole milliseconds; a negative time is none.
    func millis(named name: String) throws -> UInt64 {
        guard !isNaN else {
            throw EvertokenError(.invalidOption, "\(name): is no number", fix: "Give a number of seconds from 0 on.")
        }
        return UInt64(Swift.min(Swift.max(0, (self * 1_000).rounded()), Self.longestMillis))
    }

    /// A thousand years, which leaves room to add.
    private static let longestMillis: TimeInterval = 31_536_000_000_000
}
