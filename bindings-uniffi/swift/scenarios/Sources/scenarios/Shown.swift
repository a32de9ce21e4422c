import Evertoken
import Foundation

/// Everything that clients have shown to their users beside tokens.
struct Shown {
    /// Shorter secrets may stand in any text by chance.
    private static let shortest = 8

    private(set) var texts: [String] = []

    /// Collects errors, events, explanations and clients, as they print and with all their members.
    init(_ world: World) throws {
        for (name, client) in world.clients {
            for event in world.events(name) {
                add(event)
            }
            switch client {
            case .source(let source):
                add(source)
                add(source.provider)
                add(try source.explain())
            case .error(let error):
                add(error)
            }
        }
        for call in world.calls.values.joined() {
            switch call.returned {
            case .error(let error): add(error)
            case .httpFailure(let error): add(error)
            case .crash(let error): add(error)
            default: break
            }
        }
    }

    private mutating func add(_ value: Any) {
        var dumped = ""
        dump(value, to: &dumped)
        texts += ["\(value)", String(reflecting: value), dumped]
        if let event = value as? TokenSource.Event, let error = event.error {
            add(error)
        }
        if let error = value as? any Error {
            let bridged = error as NSError
            texts += [error.localizedDescription, "\(bridged) \(bridged.userInfo)"]
        }
        if let error = value as? EvertokenError {
            texts += [error.errorDescription, error.failureReason, error.recoverySuggestion, error.helpAnchor]
                .compactMap { $0 }
            error.underlying.map { add($0) }
        }
    }

    /// Fails if a secret of the file or a token stands in any of it.
    func check(_ scenario: Scenario, _ tokens: [String: String]) throws {
        var given = scenario.clients.values.map(\.credentials)
        given += scenario.steps.compactMap { if case .credentialsChanged(_, let new, _) = $0 { new } else { nil } }
        let ours = given.joined().filter { $0.key != "client_id" && $0.key != "key" }.map(\.value)
        let secrets = (ours + tokens.values).filter { $0.count >= Self.shortest }
        for text in texts where secrets.contains(where: text.contains) {
            throw Failure(.secretShown, "a secret stands in: \(text)")
        }
    }
}
