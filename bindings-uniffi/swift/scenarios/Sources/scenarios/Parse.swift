import Foundation

extension Scenario {
    /// The entropy with which every draw takes its lowest value.
    private static let lowest = "61c8864680b583eb"

    /// Reads a file; throws what the format does not have, what no step brought about, and what expects nothing.
    init(_ text: String) throws {
        let value: Json
        do {
            value = try Json(Data(text.utf8))
        } catch {
            throw Failure(.malformed, "\(error)")
        }
        let required = ["$schema", "name", "level", "shows", "why", "clients", "steps"]
        let members = try Members(value, at: "the file", required: required, optional: ["must_fail", "entropy"])
        for name in ["$schema", "name", "why"] {
            _ = try members.required(name, scenarios.text)
        }
        _ = try members.required("level", word(["client"]))
        _ = try members.required("shows", list(of: scenarios.text))
        _ = try members.optional("must_fail") { value, at in
            let stated = try Members(value, at: at, required: ["kind"], optional: ["step"])
            _ = try stated.required("kind", word(Failure.Kind.allCases.map(\.rawValue)))
            _ = try stated.optional("step", natural)
        }
        clients = try members.required("clients", map(of: ClientSpec.init))
        let digits = try members.optional("entropy", scenarios.text) ?? Self.lowest
        guard let entropy = UInt64(digits, radix: 16) else { throw Failure(.malformed, "entropy: \(digits)") }
        self.entropy = entropy
        steps = try members.required("steps", list(of: anything)).enumerated().map { at, value in
            try placed(at) { try Action(value) }
        }
        try check()
    }

    private func check() throws {
        var begun: Set<String> = []
        var made = 0
        for (at, step) in steps.enumerated() {
            try placed(at) {
                for client in step.clients where clients[client] == nil {
                    throw Failure(.missingStep, "the client `\(client)` is made nowhere")
                }
                if case .begin(let begin) = step, !begun.insert(begin.call).inserted {
                    throw Failure(.malformed, "another call is named `\(begin.call)`")
                }
                for call in step.calls where !begun.contains(call) {
                    throw Failure(.missingStep, "the call `\(call)` is made nowhere")
                }
                if case .expect(let expect) = step {
                    try expect.check()
                    made += expect.assertions
                }
            }
        }
        if made == 0 {
            throw Failure(.noExpectation, "no step expects anything")
        }
    }
}

extension Expect {
    fileprivate func check() throws {
        if assertions == 0 {
            throw Failure(.noExpectation, "the step expects nothing")
        }
        for (name, call) in calls {
            for call in [call] + call.others {
                if call.forms.count != 1 {
                    throw Failure(.malformed, "`\(name)` is to be one thing, not \(call.forms.count)")
                }
                if !call.hasStatus && (call.body != nil || !call.headers.isEmpty) {
                    throw Failure(.malformed, "`\(name)`: body and headers go with a status")
                }
            }
            if call.others.contains(where: { $0.assertions != call.assertions }) {
                throw Failure(.malformed, "`\(name)`: what is hidden is compared as often as what is shown")
            }
        }
    }
}

extension Action {
    /// The clients that it is about.
    var clients: [String] {
        switch self {
        case .begin(let begin):
            [begin.client]
        case .invalidate(let client), .retry(let client), .logout(let client), .close(let client),
            .credentialsChanged(let client, _, _):
            [client]
        case .expect(let expect):
            expect.events.keys.sorted() + expect.explain.keys.sorted()
        case .control, .cancel, .advance, .suspend, .stepWall:
            []
        }
    }

    /// The calls that must have been begun before.
    var calls: [String] {
        switch self {
        case .expect(let expect): expect.calls.keys.sorted()
        case .cancel(let call): [call]
        default: []
        }
    }
}
