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
        while let turn = next(isTelling) {
            isTelling = true
            switch turn {
            case .event(let event, let streams):
                for stream in streams {
                    stream.yield(event)
                }
            case .end(let streams):
                for stream in streams {
                    stream.finish()
                }
            }
        }
    }

    /// Hands out what was added and ends all streams, also those that are made later.
    func end() {
        state.withLock { $0.hasEnded = true }
        tell()
    }

    private enum Turn {
        case event(TokenSource.Event, [Continuation])
        case end([Continuation])
    }

    private func next(_ isTelling: Bool) -> Turn? {
        state.withLock { state in
            guard isTelling || !state.isTelling else { return nil }
            let streams = Array(state.streams.values)
            state.isTelling = true
            if !state.untold.isEmpty {
                return .event(state.untold.removeFirst(), streams)
            }
            if state.hasEnded && !streams.isEmpty {
                state.streams = [:]
                return .end(streams)
            }
            state.isTelling = false
            return nil
        }
    }
}
