import Testing

@testable import Evertoken

@Suite("A stream of events")
struct EventStreamTests {
    @Test("that nobody reads keeps the newest, in their order")
    func keepsTheNewest() async throws {
        let source = try TokenSource.tested(.fake(), transport: FunctionTransport { _ in .granting() })
        let events = source.events()
        for _ in 0..<100 {
            _ = try await source.headers()
            source.invalidate()
        }
        source.close()
        var kept: [TokenSource.Event] = []
        for await event in events {
            kept.append(event)
        }
        #expect(kept.count == 64)
        #expect(kept.last?.kind == .reset)
        let generations = kept.compactMap(\.generation)
        #expect(generations == generations.sorted())
        #expect(generations.last == 100)
    }

    @Test("is each reader's own, and one that ends early costs the others nothing")
    func areSeparate() async throws {
        let source = try TokenSource.tested(.fake(), transport: FunctionTransport { _ in .granting() })
        let (short, long) = (source.events(), source.events())
        let reader = Task {
            for await event in short {
                return event.kind
            }
            return TokenSource.Event.Kind.expired
        }
        _ = try await source.headers()
        #expect(await reader.value == .started)
        source.close()
        var kinds: [TokenSource.Event.Kind] = []
        for await event in long {
            kinds.append(event.kind)
        }
        #expect(kinds == [.started, .granted, .reset])
    }

    @Test("of a source that was closed has ended")
    func endsWithItsSource() async throws {
        let source = try TokenSource.tested(.fake(), transport: FunctionTransport { _ in .granting() })
        source.close()
        for await event in source.events() {
            Issue.record("\(event.kind) was told")
        }
    }
}
