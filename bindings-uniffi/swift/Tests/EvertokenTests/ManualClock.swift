@testable import Evertoken

/// A clock that stands still until a test moves it.
final class ManualClock: TokenClock {
    private struct Timer {
        let due: UInt64
        let action: @Sendable () -> Void
    }

    private struct State {
        var mono: UInt64 = 1_000_000
        var timers: [Int: Timer] = [:]
        var timersSoFar = 0
    }

    private static let wallAhead: UInt64 = 1_700_000_000_000
    private let state = Locked(State())

    func now() -> TokenInstant {
        let mono = state.withLock { $0.mono }
        return TokenInstant(mono: mono, wall: mono + Self.wallAhead)
    }

    func entropy() -> UInt64 { 0 }

    func schedule(afterMillis millis: UInt64, _ action: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
        let number = state.withLock { state in
            state.timersSoFar += 1
            state.timers[state.timersSoFar] = Timer(due: state.mono + millis, action: action)
            return state.timersSoFar
        }
        return { self.state.withLock { $0.timers[number] = nil } }
    }

    var timers: Int { state.withLock { $0.timers.count } }

    /// Moves the time, then runs what is due.
    func advance(by millis: UInt64) {
        let due = state.withLock { state in
            state.mono += millis
            let due = state.timers.filter { $0.value.due <= state.mono }
            state.timers = state.timers.filter { $0.value.due > state.mono }
            return due.values.sorted { $0.due < $1.due }
        }
        for timer in due {
            timer.action()
        }
    }
}
