/// Who is told of events, in their order.
final class Listeners: Sendable {
    private typealias Continuation = AsyncStream<TokenSource.Event>.Continuation

    private struct State {
        var streams: [Int: Continuation] = [:]
        var streamsSoFar = 0
        var untold: [TokenSource.Event] = []
        var isTelling = false
        var hasEnded = false
    }

    /// How many events are kept for a listener that is slow.
    private static let kept = 64

    private let state = Locked(State())

    var isEmpty: Bool { state.withLock { $0.streams.isEmpty } }

    func stream() -> AsyncStream<TokenSource.Event> {
        AsyncStream(bufferingPolicy: .bufferingNewest(Self.kept)) { continuation in
            let number = state.withLock { state -> Int? in
                guard !state.hasEnded else { return nil }
                state.streamsSoFar += 1
                state.streams[state.streamsSoFar] = continuation
                return state.streamsSoFar
            }
            guard let number else { return continuation.finish() }
            continuation.onTermination = { [weak self] _ in
                _ = self?.state.withLock { $0.streams.removeValue(forKey: number) }
            }
        }
    }

    /// Takes events that `tell` hands out; whoever calls it holds the lock that makes their order.
    func add(_ events: [TokenSource.Event]) {
        state.withLock { $0.untold += events }
    }

    /// Hands out what was added, one event after another, by one thread at a time.
    func tell() {
        var isTelling = false
        while let (event, streams) = next(isTelling) {
            isTelling = true
            streams.forEach { $0.yield(event) }
        }
    }

    /// Hands out what was added and ends all streams, also those that are made later.
    func end() {
        tell()
        let streams = state.withLock { state in
            let streams = state.streams
            state.hasEnded = true
            state.streams = [:]
            return streams
        }
        streams.values.forEach { $0.finish() }
    }

    private func next(_ isTelling: Bool) -> (TokenSource.Event, [Continuation])? {
        state.withLock { state in
            guard isTelling || !state.isTelling else { return nil }
            state.isTelling = !state.untold.isEmpty
            return state.isTelling ? (state.untold.removeFirst(), Array(state.streams.values)) : nil
        }
    }
}
