/// The format of a client-level file; `core/scenarios/README.md` says what each member means.
struct Scenario {
    let clients: [String: ClientSpec]
    let entropy: UInt64
    let steps: [Action]
}

/// The client that a step means when it names none.
let main = "main"

let vendors = ["piwik_pro", "didomi", "oro", "oauth2", "elsewhere"]

/// Facts that a platform may hide from its programs; this one hides none.
private let hidden = ["redirects", "unexposed_headers", "network_errors"]

private let providers = [
    "piwik_pro", "didomi", "oro_commerce", "oro_platform", "oauth2", "broker", "fixed", "custom",
]

struct ClientSpec {
    let provider: String
    let url: String?
    let endpoint: String?
    let surface: String?
    let backendPrefix: String?
    let clientAuth: String?
    let body: String?
    let scopes: [String]
    let audience: String?
    let descriptor: Json?
    let variables: [String: String]
    let credentials: [String: String]
    let policy: [String: Int]
    let api: ApiSpec?

    private static let members = [
        "url", "endpoint", "surface", "backend_prefix", "client_auth", "body", "scopes", "audience", "descriptor",
        "variables", "credentials", "policy",
    ]

    init(_ value: Json, at: String) throws {
        try self.init(value, at: at, optional: Self.members + ["api"])
    }

    fileprivate init(half value: Json, at: String) throws {
        try self.init(value, at: at, optional: Self.members)
    }

    private init(_ value: Json, at: String, optional: [String]) throws {
        let members = try Members(value, at: at, required: ["provider"], optional: optional)
        provider = try members.required("provider", word(providers))
        url = try members.optional("url", text)
        endpoint = try members.optional("endpoint", text)
        surface = try members.optional("surface", text)
        backendPrefix = try members.optional("backend_prefix", text)
        clientAuth = try members.optional("client_auth", word(["basic", "basic_raw", "body"]))
        body = try members.optional("body", word(["form", "json"]))
        scopes = try members.optional("scopes", list(of: text)) ?? []
        audience = try members.optional("audience", text)
        descriptor = try members.optional("descriptor") { .object(try objects($0, at: $1)) }
        variables = try members.optional("variables", map(of: text)) ?? [:]
        credentials = try members.optional("credentials", map(of: text)) ?? [:]
        policy = try members.optional("policy", map(of: natural)) ?? [:]
        api = try members.optional("api", ApiSpec.init)
    }
}

/// Where a token may go: a URL, or the API half of a built-in provider.
indirect enum ApiSpec {
    case url(String)
    case half(ClientSpec)

    init(_ value: Json, at: String) throws {
        if let url = value.text {
            self = .url(url)
        } else {
            self = .half(try ClientSpec(half: value, at: at))
        }
    }
}

/// Calls that a step begins.
struct Begin {
    enum Does {
        case headers(minValidMs: Int?, patienceMs: Int?)
        case token
        case request(RequestSpec)
    }

    let does: Does
    let call: String
    let client: String
    let times: Int
}

struct RequestSpec {
    let path: String
    let method: String
    let headers: [String: String]
    let json: Json?
    let body: String?
    let isReplayable: Bool
}

struct ControlStep {
    let method: String
    let path: String
    let body: Json?
}

/// What a step does.
enum Action {
    case control(ControlStep)
    case begin(Begin)
    case cancel(call: String)
    case invalidate(client: String)
    case retry(client: String)
    case credentialsChanged(client: String, credentials: [String: String], dropToken: Bool)
    case logout(client: String)
    case close(client: String)
    case advance(Int)
    case suspend(Int)
    case stepWall(Int)
    case expect(Expect)

    private static let readers: [String: @Sendable (Json, String) throws -> Action] = [
        "control": { value, at in
            let members = try Members(value, at: at, required: ["method", "path"], optional: ["body"])
            return .control(
                ControlStep(
                    method: try members.required("method", text),
                    path: try members.required("path", text),
                    body: try members.optional("body") { .object(try objects($0, at: $1)) }
                )
            )
        },
        "headers": { value, at in
            let optional = ["client", "times", "min_valid_ms", "patience_ms"]
            let members = try Members(value, at: at, required: ["as"], optional: optional)
            let minValid = try members.optional("min_valid_ms", natural)
            let patience = try members.optional("patience_ms", natural)
            return .begin(try Begin(.headers(minValidMs: minValid, patienceMs: patience), members))
        },
        "token": { value, at in
            let members = try Members(value, at: at, required: ["as"], optional: ["client", "times"])
            return .begin(try Begin(.token, members))
        },
        "request": { value, at in
            let optional = ["client", "times", "method", "headers", "json", "body", "replayable"]
            let members = try Members(value, at: at, required: ["as", "path"], optional: optional)
            return .begin(try Begin(.request(try RequestSpec(members)), members))
        },
        "cancel": { value, at in
            .cancel(call: try Members(value, at: at, required: ["call"]).required("call", text))
        },
        "invalidate": { .invalidate(client: try client($0, at: $1)) },
        "retry": { .retry(client: try client($0, at: $1)) },
        "logout": { .logout(client: try client($0, at: $1)) },
        "close": { .close(client: try client($0, at: $1)) },
        "credentials_changed": { value, at in
            let members = try Members(value, at: at, required: ["credentials"], optional: ["client", "drop_token"])
            return .credentialsChanged(
                client: try members.optional("client", text) ?? main,
                credentials: try members.required("credentials", map(of: text)),
                dropToken: try members.optional("drop_token", flag) ?? false
            )
        },
        "advance": { .advance(try Members($0, at: $1, required: ["ms"]).required("ms", natural)) },
        "suspend": { .suspend(try Members($0, at: $1, required: ["ms"]).required("ms", natural)) },
        "step_wall": { .stepWall(try Members($0, at: $1, required: ["ms"]).required("ms", integer)) },
        "expect": { .expect(try Expect($0, at: $1)) },
    ]

    init(_ value: Json) throws {
        var members = try objects(value, at: "a step")
        let note = members.removeValue(forKey: "note") ?? .text("")
        for name in members.keys.sorted() where Self.readers[name] == nil {
            throw Failure(.unknownStep, "unknown step `\(name)`")
        }
        guard let (name, value) = members.first, members.count == 1, note.text != nil, let read = Self.readers[name]
        else {
            throw Failure(.malformed, "a step is one of \(Self.readers.keys.sorted().joined(separator: ", "))")
        }
        self = try read(value, name)
    }

    private static func client(_ value: Json, at: String) throws -> String {
        try Members(value, at: at, optional: ["client"]).optional("client", text) ?? main
    }
}

extension Begin {
    fileprivate init(_ does: Does, _ members: Members) throws {
        self.does = does
        call = try members.required("as", text)
        client = try members.optional("client", text) ?? main
        times = try members.optional("times", natural) ?? 1
    }
}

extension RequestSpec {
    fileprivate init(_ members: Members) throws {
        path = try members.required("path", text)
        method = try members.optional("method", text) ?? "GET"
        headers = try members.optional("headers", map(of: text)) ?? [:]
        json = try members.optional("json", anything)
        body = try members.optional("body", text)
        isReplayable = try members.optional("replayable", flag) ?? true
    }
}

/// What must be so now.
struct Expect {
    let calls: [String: CallIs]
    let counts: [String: Counts]
    let sent: [Sent]
    let events: [String: [String]]
    let explain: [String: Explained]

    init(_ value: Json, at: String) throws {
        let members = try Members(value, at: at, optional: ["calls", "counts", "sent", "events", "explain"])
        calls = try members.optional("calls", map(of: CallIs.init)) ?? [:]
        counts = try members.optional("counts", map(of: Counts.init, names: vendors)) ?? [:]
        sent = try members.optional("sent", list(of: Sent.init)) ?? []
        events = try members.optional("events", map(of: list(of: text))) ?? [:]
        explain = try members.optional("explain", map(of: Explained.init)) ?? [:]
    }

    /// How many comparisons it makes: one for each value that it names.
    var assertions: Int {
        let made = [
            calls.values.map(\.assertions), counts.values.map(\.assertions), sent.map(\.assertions),
            [events.count], explain.values.map(\.assertions),
        ]
        return made.joined().reduce(0, +)
    }
}

/// What has become of a call.
struct CallIs {
    enum Form {
        case waiting
        case cancelled
        case httpFailure
        case header([String: String])
        case token(String)
        case error(ErrorIs)
        case status(Int)
    }

    private static let members = [
        "waiting", "cancelled", "http_failure", "header", "token", "error", "status", "body", "headers",
    ]

    /// Exactly one in a file that is right.
    let forms: [Form]
    let body: String?
    let headers: [String: String?]
    let others: [CallIs]

    init(_ value: Json, at: String) throws {
        try self.init(value, at: at, optional: Self.members + ["hidden"])
    }

    private init(_ value: Json, at: String, optional: [String]) throws {
        let members = try Members(value, at: at, optional: optional)
        var forms: [Form] = []
        if try members.optional("waiting", flag) == true { forms.append(.waiting) }
        if try members.optional("cancelled", flag) == true { forms.append(.cancelled) }
        if try members.optional("http_failure", flag) == true { forms.append(.httpFailure) }
        if let header = try members.optional("header", map(of: text)) { forms.append(.header(header)) }
        if let token = try members.optional("token", text) { forms.append(.token(token)) }
        if let error = try members.optional("error", ErrorIs.init) { forms.append(.error(error)) }
        if let status = try members.optional("status", integer) { forms.append(.status(status)) }
        self.forms = forms
        body = try members.optional("body", text)
        headers = try members.optional("headers", map(of: textOrNull)) ?? [:]
        let other = { (value: Json, at: String) in try CallIs(value, at: at, optional: Self.members) }
        others = Array(try members.optional("hidden", map(of: other, names: hidden))?.values ?? [:].values)
    }

    var isWaiting: Bool {
        if case .waiting? = forms.first { true } else { false }
    }

    var hasStatus: Bool {
        forms.contains { if case .status = $0 { true } else { false } }
    }

    var assertions: Int {
        let ofError = forms.map { if case .error(let error) = $0 { error.assertions - 1 } else { 0 } }
        return forms.count + ofError.reduce(0, +) + (body == nil ? 0 : 1) + headers.count
    }
}

struct ErrorIs {
    let code: String
    let errorClass: String?
    let retryable: Bool?
    let retryAtMs: Int?
    let status: Int?
    let providerCode: String?
    let says: String?

    init(_ value: Json, at: String) throws {
        let optional = ["class", "retryable", "retry_at_ms", "status", "provider_code", "says"]
        let members = try Members(value, at: at, required: ["code"], optional: optional)
        code = try members.required("code", text)
        errorClass = try members.optional("class", text)
        retryable = try members.optional("retryable", flag)
        retryAtMs = try members.optional("retry_at_ms", natural)
        status = try members.optional("status", integer)
        providerCode = try members.optional("provider_code", text)
        says = try members.optional("says", text)
    }

    var assertions: Int {
        let named: [Any?] = [errorClass, retryable, retryAtMs, status, providerCode, says]
        return 1 + named.compactMap { $0 }.count
    }
}

struct Counts {
    let token: Int?
    let api: Int?

    init(token: Int?, api: Int?) {
        self.token = token
        self.api = api
    }

    init(_ value: Json, at: String) throws {
        let members = try Members(value, at: at, optional: ["token", "api"])
        token = try members.optional("token", natural)
        api = try members.optional("api", natural)
    }

    var assertions: Int { [token, api].compactMap { $0 }.count }
}

struct Sent {
    let vendor: String
    let kind: String
    let nth: Int
    let method: String?
    let path: String?
    let headers: [String: String?]
    let body: String?
    let status: Int?

    init(_ value: Json, at: String) throws {
        let optional = ["method", "path", "headers", "body", "status"]
        let members = try Members(value, at: at, required: ["vendor", "kind", "nth"], optional: optional)
        vendor = try members.required("vendor", word(vendors))
        kind = try members.required("kind", word(["token", "api"]))
        nth = try members.required("nth", natural)
        method = try members.optional("method", text)
        path = try members.optional("path", text)
        headers = try members.optional("headers", map(of: textOrNull)) ?? [:]
        body = try members.optional("body", text)
        status = try members.optional("status", integer)
    }

    var assertions: Int {
        let named: [Any?] = [method, path, body, status]
        return named.compactMap { $0 }.count + headers.count
    }
}

struct Explained {
    let token: String?
    let lifetimeMs: Int?
    let flight: String?
    let why: String?
    let waiting: Int?

    init(_ value: Json, at: String) throws {
        let members = try Members(value, at: at, optional: ["token", "lifetime_ms", "flight", "why", "waiting"])
        token = try members.optional("token", text)
        lifetimeMs = try members.optional("lifetime_ms", natural)
        flight = try members.optional("flight", text)
        why = try members.optional("why", text)
        waiting = try members.optional("waiting", natural)
    }

    var assertions: Int {
        let named: [Any?] = [token, lifetimeMs, flight, why, waiting]
        return named.compactMap { $0 }.count
    }
}
