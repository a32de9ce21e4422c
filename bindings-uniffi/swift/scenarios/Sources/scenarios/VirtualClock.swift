import Evertoken

/// Clocks, timers and random numbers that stand still until the runner moves them.
///
/// Moving the clocks and firing the timers are two things, because what a server answers at an instant is handed over
/// before the timers of that instant fire.
final class VirtualClock: TokenClock {
    /// When every file begins: 2027-01-15 08:00:00 UTC, in Unix milliseconds.
    static let start: UInt64 = 1_800_000_000_000

    private struct Timer {
        let number: Int
        let due: UInt64
        /// It waits for others to have had their turn, not for the time.
        let isSoon: Bool
        let action: @Sendable () -> Void
    }

    private struct State {
        var mono: UInt64 = 5_000_000  // any number but the wall clock's
        var wall = VirtualClock.start
        var timers: [Timer] = []
        var timersSoFar = 0
        var fired = 0
    }

    private let number: UInt64
    private let state = Shared(State())

    init(entropy: UInt64) {
        number = entropy
    }

    func now() -> TokenInstant {
        state.withLock { TokenInstant(mono: $0.mono, wall: $0.wall) }
    }

    func entropy() -> UInt64 { number }

    func schedule(afterMillis millis: UInt64, _ action: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
        let number = state.withLock { state in
            state.timersSoFar += 1
            let due = state.mono + millis
            state.timers.append(Timer(number: state.timersSoFar, due: due, isSoon: millis == 0, action: action))
            return state.timersSoFar
        }
        return { [state] in state.withLock { $0.timers.removeAll { $0.number == number } } }
    }

    /// How many timers have fired.
    var fired: Int { state.withLock { $0.fired } }

    /// How many timers are set.
    var timers: Int { state.withLock { $0.timers.count } }

    /// Moves both clocks; no timer fires.
    func advance(ms: Int) {
        state.withLock {
            $0.mono += UInt64(ms)
            $0.wall += UInt64(ms)
        }
    }

    /// Moves the wall clock alone, as a sleep of the machine does and whoever sets it.
    func stepWall(ms: Int) {
        state.withLock { $0.wall = UInt64(Int($0.wall) + ms) }
    }

    /// How long it is to the next timer; 0 when one is due.
    var nextDueMs: Int? {
        state.withLock { state in
            state.timers.map(\.due).min().map { $0 > state.mono ? Int($0 - state.mono) : 0 }
        }
    }

    /// Fires the timers that are due, the earliest first and of one instant the one that was set first.
    func fire() -> Bool {
        fire { [now = now().mono] in $0.due <= now }
    }

    /// Fires the timers of no time at all.
    func fireSoon() -> Bool {
        fire(\.isSoon)
    }

    private func fire(_ isMeant: (Timer) -> Bool) -> Bool {
        let due = state.withLock { $0.timers.filter(isMeant) }.sorted { ($0.due, $0.number) < ($1.due, $1.number) }
        for timer in due {
            let isSet = state.withLock { state in
                let count = state.timers.count
                state.timers.removeAll { $0.number == timer.number }
                state.fired += count - state.timers.count
                return state.timers.count < count
            }
            if isSet {
                timer.action()
            }
        }
        return !due.isEmpty
    }
}
