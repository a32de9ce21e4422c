import Foundation

/// An instant on two clocks, in milliseconds.
public struct TokenInstant: Sendable, Hashable {
    /// Milliseconds of a clock that never runs backwards.
    public let mono: UInt64

    /// Milliseconds since the Unix epoch.
    public let wall: UInt64

    /// Makes an instant of both readings.
    public init(mono: UInt64, wall: UInt64) {
        self.mono = mono
        self.wall = wall
    }
}

/// The time, random numbers and timers of a source: a hook for tests that run in virtual time.
///
/// A clock is read while a source is locked, so it must not call the source.
public protocol TokenClock: Sendable {
    /// Returns the present on both clocks.
    func now() -> TokenInstant

    /// Returns a random number, which spreads what many clients would do at once.
    func entropy() -> UInt64

    /// Runs an action once, after so many milliseconds; returns what cancels it.
    ///
    /// An action may come late, and may still come while it is cancelled.
    func schedule(afterMillis millis: UInt64, _ action: @escaping @Sendable () -> Void) -> @Sendable () -> Void
}

/// The clocks, random numbers and timers of the system.
public struct SystemClock: TokenClock {
    /// Makes the system's clock.
    public init() {}

    public func now() -> TokenInstant {
        #if canImport(Darwin)
            // It goes on while the device sleeps.
            let ticks = mach_continuous_time()
            let mono = ticks * Self.timebase.numer / Self.timebase.denom / 1_000_000
            return TokenInstant(mono: mono, wall: clock_gettime_nsec_np(CLOCK_REALTIME) / 1_000_000)
        #else
            // A read of the coarse clocks costs a fifth; the wall clock goes on while the machine sleeps.
            return TokenInstant(mono: Self.millis(CLOCK_MONOTONIC_COARSE), wall: Self.millis(CLOCK_REALTIME_COARSE))
        #endif
    }

    public func entropy() -> UInt64 {
        UInt64.random(in: .min ... .max)
    }

    public func schedule(afterMillis millis: UInt64, _ action: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
        let timer = DispatchSource.makeTimerSource()
        timer.setEventHandler(handler: action)
        let after = DispatchTimeInterval.milliseconds(Int(min(millis, Self.longestMillis)))
        #if canImport(Darwin)
            // The other deadline stands still while the device sleeps; who is woken too early looks again.
            timer.schedule(wallDeadline: .now() + after)
        #else
            timer.schedule(deadline: .now() + after)
        #endif
        timer.resume()
        let armed = Timer(source: timer)
        return { armed.source.cancel() }
    }

    /// Waiters ask the machine again when they wake, at the latest after a day.
    private static let longestMillis: UInt64 = 86_400_000

    private struct Timer: @unchecked Sendable {
        let source: any DispatchSourceTimer
    }

    #if canImport(Darwin)
        /// A tick is so many nanoseconds, as a fraction.
        private static let timebase: (numer: UInt64, denom: UInt64) = {
            var timebase = mach_timebase_info_data_t()
            mach_timebase_info(&timebase)
            return (UInt64(timebase.numer), UInt64(timebase.denom))
        }()
    #else
        private static func millis(_ clock: clockid_t) -> UInt64 {
            var time = timespec()
            clock_gettime(clock, &time)
            return UInt64(time.tv_sec) * 1_000 + UInt64(time.tv_nsec) / 1_000_000
        }
    #endif
}
