import Evertoken
import Foundation

/// Holds what a file expects against what has happened, counts what it compares, and remembers what was covered.
final class Check {
    private let world: World
    private let count: Count
    private var counted: [String: Counts] = [:]
    private var ended: [String: Bool] = [:]
    private var told: [String: Int] = [:]
    private var tokens: [String: String] = [:]

    init(_ world: World, _ count: Count) {
        self.world = world
        self.count = count
    }

    private func same<Value: Equatable>(_ kind: Failure.Kind, _ what: String, _ expected: Value, _ got: Value) throws {
        count.made += 1
        guard expected == got else {
            throw Failure(kind, "\(what): expected \(expected), got \(got)")
        }
    }

    /// Notes a request that clears the log: counts begin anew.
    func control(_ step: ControlStep) {
        if step.path == "/reset" || (step.method == "DELETE" && step.path == "/log") {
            counted = [:]
        }
    }

    /// Holds a step's expectations against the world.
    func expect(_ expect: Expect) throws {
        tokens = try world.sandbox.tokens(of: vendors)
        for (name, call) in expect.calls.sorted(by: { $0.key < $1.key }) {
            ended[name] = !call.isWaiting
            try calls(name, call)
        }
        try counts(expect.counts)
        for request in expect.sent {
            try sent(request)
        }
        for (client, names) in expect.events.sorted(by: { $0.key < $1.key }) {
            let all = world.events(client).map(\.kind.rawValue)
            try same(.wrongEvents, "events of \(client)", names, Array(all.dropFirst(told[client] ?? 0)))
            told[client] = all.count
        }
        for (client, explained) in expect.explain.sorted(by: { $0.key < $1.key }) {
            try explain(client, explained)
        }
    }

    /// The end of a file: every call and every request was spoken of.
    func end() throws {
        count.made += 1
        for (name, calls) in world.calls.sorted(by: { $0.key < $1.key }) {
            let waits = calls.contains { $0.returned == nil }
            if ended[name] == nil && waits {
                throw Failure(.stuck, "`\(name)` has not returned")
            }
            if ended[name] == nil || (ended[name] == false && !waits) {
                throw Failure(.missingStep, "no step says how `\(name)` ended")
            }
        }
        count.made += 1
        for (vendor, received) in try world.sandbox.counts().sorted(by: { $0.key < $1.key }) {
            let expected = counted[vendor]
            for (kind, expected, received) in [
                ("token", expected?.token ?? 0, received.token), ("api", expected?.api ?? 0, received.api),
            ] where expected != received {
                let last = "the last count was \(expected), at the end there are \(received)"
                throw Failure(.extraRequest, "\(vendor): \(kind) requests: \(last)")
            }
        }
    }

    /// A token that was not issued stays a name, and so differs from whatever came.
    private func filledIn(_ text: String) -> String {
        text.replacing(/<\w+#\d+>/) { tokens[String($0.0)] ?? String($0.0) }
    }

    /// Calls of `times` count once.
    private func calls(_ name: String, _ expected: CallIs) throws {
        let before = count.made
        for call in world.calls[name] ?? [] {
            count.made = before
            try self.call(name, expected, call)
        }
    }

    private func call(_ name: String, _ expected: CallIs, _ call: Call) throws {
        switch (call.returned, expected.forms.first) {
        case (nil, .waiting):
            count.made += 1
        case (nil, _):
            throw Failure(.stuck, "`\(name)` has not returned")
        case (.cancelled, .cancelled), (.httpFailure, .httpFailure):
            count.made += 1
        case (.header(let headers), .header(let header)):
            try same(.wrongToken, name, header.mapValues(filledIn), headers)
        case (.header(let headers), .token(let token)):
            let value = headers.values.joined(separator: ", ")
            let token = filledIn(token)
            try same(
                .wrongToken, name, token, value.split(separator: " ").last.map(String.init) == token ? token : value)
        case (.token(let got), .token(let token)):
            try same(.wrongToken, name, filledIn(token), got)
        case (.error(let got), .error(let error)):
            try self.error(name, error, got)
        case (.answer(let gotStatus, let gotHeaders, let gotBody), .status(let status)):
            try same(.wrongStatus, name, status, gotStatus)
            if let body = expected.body {
                try same(.wrongResult, "\(name): body", filledIn(body), gotBody)
            }
            try headers(.wrongResult, name, expected.headers, gotHeaders)
        case (let returned?, _):
            throw Failure(.wrongResult, "`\(name)` returned \(returned)")
        }
    }

    private func error(_ name: String, _ expected: ErrorIs, _ got: EvertokenError) throws {
        let shown = "\(name): \(got)"
        try same(.wrongCode, shown, expected.code, got.code.rawValue)
        if let errorClass = expected.errorClass {
            try same(.wrongCode, "\(shown): class", errorClass, got.errorClass.rawValue)
        }
        if let retryable = expected.retryable {
            try same(.wrongResult, "\(shown): retryable", retryable, got.retryable)
        }
        if let retryAtMs = expected.retryAtMs {
            let atMs = got.retryAt.map { Int(($0.timeIntervalSince1970 * 1_000).rounded()) - Int(VirtualClock.start) }
            try same(.wrongTime, "\(shown): retry_at_ms", retryAtMs, atMs)
        }
        if let status = expected.status {
            try same(.wrongResult, "\(shown): status", status, got.status)
        }
        if let providerCode = expected.providerCode {
            try same(.wrongResult, "\(shown): provider_code", providerCode, got.providerCode)
        }
        if let says = expected.says {
            try same(.wrongResult, "\(shown): says \(says)", true, "\(got.detail ?? "") \(got.fix)".contains(says))
        }
    }

    private func headers(
        _ kind: Failure.Kind,
        _ of: String,
        _ expected: [String: String?],
        _ got: [String: String]
    ) throws {
        for (name, value) in expected.sorted(by: { $0.key < $1.key }) {
            try same(kind, "\(of): \(name)", value.map(filledIn), got[name])
        }
    }

    private func counts(_ expected: [String: Counts]) throws {
        let all = expected.isEmpty ? [:] : try world.sandbox.counts()
        for (vendor, counts) in expected.sorted(by: { $0.key < $1.key }) {
            counted[vendor] = Counts(
                token: counts.token ?? counted[vendor]?.token, api: counts.api ?? counted[vendor]?.api)
            if let token = counts.token {
                try same(.wrongCount, "\(vendor): token requests", token, all[vendor]?.token)
            }
            if let api = counts.api {
                try same(.wrongCount, "\(vendor): api requests", api, all[vendor]?.api)
            }
        }
    }

    private func sent(_ expected: Sent) throws {
        let of = "\(expected.vendor) \(expected.kind) request \(expected.nth)"
        let log = try world.sandbox.log(expected.vendor, expected.kind)
        guard log.indices.contains(expected.nth - 1) else {
            throw Failure(.missingRequest, "\(of): only \(log.count) came")
        }
        let entry = log[expected.nth - 1]
        if let method = expected.method {
            try same(.wrongBytes, "\(of): method", method, entry.method)
        }
        if let path = expected.path {
            try same(.wrongBytes, "\(of): path", path, entry.target)
        }
        let fields = entry.headers.map { ($0[0], $0[1]) }
        try headers(.wrongBytes, of, expected.headers, Dictionary(fields) { "\($0), \($1)" })
        if let body = expected.body {
            try same(.wrongBytes, "\(of): body", filledIn(body), entry.bodyText)
        }
        if let status = expected.status {
            try same(.wrongStatus, "\(of): answered", status, entry.status)
        }
    }

    private func explain(_ client: String, _ expected: Explained) throws {
        guard let got = try world.source(client)?.explain() else {
            throw Failure(.wrongExplanation, "\(client) could not be made")
        }
        let kind = Failure.Kind.wrongExplanation
        if let token = expected.token {
            try same(kind, "\(client): token", token, got.token?.zone ?? "none")
        }
        if let lifetimeMs = expected.lifetimeMs {
            try same(kind, "\(client): lifetime_ms", lifetimeMs, got.token.map { Int(($0.lifetime * 1_000).rounded()) })
        }
        if let flight = expected.flight {
            try same(kind, "\(client): flight", flight, got.flight)
        }
        if let why = expected.why {
            try same(kind, "\(client): why", why, got.why)
        }
        if let waiting = expected.waiting {
            try same(kind, "\(client): waiting", waiting, got.waiting)
        }
    }
}
