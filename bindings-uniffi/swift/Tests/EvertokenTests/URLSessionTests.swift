import Foundation
import Testing

@testable import Evertoken

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@Suite("A call of URLSession")
struct URLSessionTests {
    @Test("that the API rejects is sent again with another token, once")
    func recovers() async throws {
        let sandbox = try Sandbox()
        let source = try sandbox.source(options: .eager)
        let first = try await source.token()
        try await sandbox.control("POST", "/piwik_pro/tokens/revoke")
        #expect(try await sandbox.call(source, "/api/apps/v2") == 200)
        #expect(try await source.token() != first)
        #expect(try await sandbox.statuses() == [401, 200])
        #expect(try await sandbox.tokenRequests() == 2)
    }

    @Test("that the API rejects again is the caller's to see")
    func surfaces() async throws {
        let sandbox = try Sandbox()
        try await sandbox.fault("piwik_pro", "api", #"{"type":"reject"}"#)
        let source = try sandbox.source(options: .eager)
        #expect(try await sandbox.call(source, "/api/apps/v2") == 401)
        #expect(try await sandbox.statuses() == [401, 401])
        #expect(try await sandbox.tokenRequests() == 2)
    }

    @Test("that the API forbids without rejecting the token is not sent again")
    func forbidden() async throws {
        let sandbox = try Sandbox()
        try await sandbox.fault("piwik_pro", "api", #"{"type":"documented","name":"forbidden"}"#)
        let source = try sandbox.source(options: .eager)
        #expect(try await sandbox.call(source, "/api/apps/v2") == 403)
        #expect(try await sandbox.statuses() == [403])
        #expect(try await sandbox.tokenRequests() == 1)
    }

    @Test("whose token only the body rejects is sent again")
    func looksIntoBodies() async throws {
        let sandbox = try Sandbox()
        let answer = #"{"type":"documented","name":"not_authenticated"}"#
        try await sandbox.fault("piwik_pro", "api", answer, times: 1)
        let source = try sandbox.source(options: .eager)
        #expect(try await sandbox.call(source, "/api/tracker/v2") == 200)
        #expect(try await sandbox.statuses() == [403, 200])
    }

    @Test("that is answered with a challenge for a user's password has an answer like others")
    func isChallenged() async throws {
        let sandbox = try Sandbox()
        let headers = #"[["www-authenticate","Basic realm=\"api\""]]"#
        let answer = #"{"type":"answer","status":401,"headers":\#(headers)}"#
        try await sandbox.fault("piwik_pro", "api", answer, times: 1)
        let source = try sandbox.source(options: .eager)
        #expect(try await sandbox.call(source, "/api/apps/v2") == 200)
        #expect(try await sandbox.statuses() == [401, 200])
    }

    @Test("to another origin is refused before anything is sent")
    func refusesOtherOrigins() async throws {
        let sandbox = try Sandbox()
        let source = try sandbox.source()
        let elsewhere = URLRequest(url: sandbox.start.elsewhere.http.appendingPathComponent("anything"))
        #expect(
            try await code { try await URLSession.shared.data(for: elsewhere, authenticatedBy: source) }
                == .originNotAllowed
        )
        #expect(throws: EvertokenError.self) { try source.url(elsewhere.url?.absoluteString ?? "") }
        #expect(try await sandbox.log().isEmpty)
    }

    @Test("takes its token along by a redirect within the API")
    func followsWithinTheAPI() async throws {
        let sandbox = try Sandbox()
        try await sandbox.redirect(to: "/api/apps/v2?page=2")
        #expect(try await sandbox.call(sandbox.source(), "/api/apps/v2") == 200)
        let calls = try await sandbox.log("kind=api")
        #expect(calls.map(\.target) == ["/api/apps/v2", "/api/apps/v2?page=2"])
        #expect(calls[0].header("authorization") == calls[1].header("authorization"))
        #expect(calls[1].header("authorization") != nil)
    }

    @Test("leaves its token behind when a redirect leads elsewhere", arguments: ["Authorization", "X-Test-Token"])
    func leavesTokenBehind(headerName: String) async throws {
        let sandbox = try Sandbox()
        try await sandbox.redirect(to: "\(sandbox.start.elsewhere.http)/anything")
        let source = try TokenSource.tested(
            sandbox.custom(headerName),
            transport: FunctionTransport { _ in .granting("test-token-of-the-redirect") }
        )
        #expect(try await sandbox.call(source, "/api/apps/v2") == 200)
        let calls = try await sandbox.log("kind=api")
        #expect(calls.count == 2)
        #expect(calls[0].header(headerName.lowercased())?.contains("test-token-of-the-redirect") == true)
        #expect(!calls[1].headers.joined().contains { $0.contains("test-token-of-the-redirect") })
    }

    @Test("is not rejected by somebody who got no token")
    func strangersRejectNothing() async throws {
        let sandbox = try Sandbox()
        try await sandbox.redirect(to: "\(sandbox.start.elsewhere.http)/anything")
        try await sandbox.fault("elsewhere", "api", #"{"type":"answer","status":401}"#)
        let source = try sandbox.source(options: .eager)
        #expect(try await sandbox.call(source, "/api/apps/v2") == 401)
        #expect(try await sandbox.tokenRequests() == 1)
        #expect(try source.explain().token?.zone == "fresh")
    }

    @Test("asks its delegate about redirects, which may refuse them", arguments: [true, false])
    func asksTheDelegate(isTheSessions: Bool) async throws {
        let sandbox = try Sandbox()
        try await sandbox.redirect(to: "\(sandbox.start.elsewhere.http)/anything")
        let source = try sandbox.source()
        let refuser = RefusingDelegate()
        let session = URLSession(
            configuration: .ephemeral,
            delegate: isTheSessions ? refuser : nil,
            delegateQueue: nil
        )
        let request = URLRequest(url: try source.url("/api/apps/v2"))
        let (_, response) = try await session.data(
            for: request,
            authenticatedBy: source,
            delegate: isTheSessions ? nil : refuser
        )
        #expect((response as? HTTPURLResponse)?.statusCode == 307)
        #expect(refuser.asked.withLock { $0 } == [nil])
        #expect(try await sandbox.log("vendor=elsewhere").isEmpty)
        session.finishTasksAndInvalidate()
    }

    @Test("whose delegate puts the token back gets it stripped again")
    func delegatesCannotLeak() async throws {
        let sandbox = try Sandbox()
        try await sandbox.redirect(to: "\(sandbox.start.elsewhere.http)/anything")
        let source = try sandbox.source()
        let request = URLRequest(url: try source.url("/api/apps/v2"))
        let session = URLSession(configuration: .ephemeral)
        let leaky = LeakyDelegate(token: try await source.headers()["Authorization"])
        let (_, response) = try await session.data(for: request, authenticatedBy: source, delegate: leaky)
        #expect((response as? HTTPURLResponse)?.statusCode == 200)
        #expect(try await sandbox.log("vendor=elsewhere").first?.header("authorization") == nil)
        session.finishTasksAndInvalidate()
    }

    @Test("with a header of its own goes as it is")
    func usersHeadersWin() async throws {
        let sandbox = try Sandbox()
        let source = try sandbox.source()
        var request = URLRequest(url: try source.url("/api/apps/v2"))
        request.setValue("Bearer test-own-token", forHTTPHeaderField: "authorization")
        request.setValue("text/plain", forHTTPHeaderField: "Accept")
        let (_, response) = try await URLSession.shared.data(for: request, authenticatedBy: source)
        #expect((response as? HTTPURLResponse)?.statusCode == 401)
        let calls = try await sandbox.log("kind=api")
        #expect(calls.map { $0.header("authorization") } == ["Bearer test-own-token"])
        #expect(calls.map { $0.header("accept") } == ["text/plain"])
        #expect(try await sandbox.tokenRequests() == 0)
    }

    @Test("sends JSON with the API's media type")
    func sendsJSON() async throws {
        let sandbox = try Sandbox()
        let source = try sandbox.source()
        let json = Data(#"{"data":{}}"#.utf8)
        let request = try source.request("PATCH", "/api/apps/v2/1", json: json)
        _ = try await URLSession.shared.data(for: request, authenticatedBy: source)
        let call = try await sandbox.log("kind=api").first
        #expect(call?.method == "PATCH")
        #expect(call?.header("content-type") == "application/vnd.api+json")
        #expect(call?.bodyText == #"{"data":{}}"#)
        let plain = try TokenSource.tested(.fixed(token: "test-token", api: .url(sandbox.start.elsewhere.http)))
        let posted = try plain.request("POST", "/a", json: json)
        #expect(posted.value(forHTTPHeaderField: "content-type") == "application/json")
        #expect(try plain.request("GET", "/a").value(forHTTPHeaderField: "content-type") == nil)
    }

    @Test("uploads its body again, of data and of a file", arguments: [true, false])
    func uploadsAgain(isFile: Bool) async throws {
        let sandbox = try Sandbox()
        try await sandbox.fault("piwik_pro", "api", #"{"type":"reject"}"#, times: 1)
        let source = try sandbox.source(options: .eager)
        var request = URLRequest(url: try source.url("/api/apps/v2"))
        request.httpMethod = "POST"
        request.setValue("application/vnd.api+json", forHTTPHeaderField: "Content-Type")
        let body = Data(#"{"data":{}}"#.utf8)
        if isFile {
            let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            try body.write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            _ = try await URLSession.shared.upload(for: request, fromFile: file, authenticatedBy: source)
        } else {
            _ = try await URLSession.shared.upload(for: request, from: body, authenticatedBy: source)
        }
        let calls = try await sandbox.log("kind=api")
        #expect(calls.map(\.bodyText) == [#"{"data":{}}"#, #"{"data":{}}"#])
        #expect(calls.first?.status == 401)
        #expect(calls.last?.status != 401)
    }

    @Test("with a body that is a stream is not sent again, and the rejection is heard all the same")
    func streamsAreSentOnce() async throws {
        let sandbox = try Sandbox()
        try await sandbox.fault("piwik_pro", "api", #"{"type":"reject"}"#, times: 1)
        let source = try sandbox.source(options: .eager)
        var request = URLRequest(url: try source.url("/api/apps/v2"))
        request.httpMethod = "POST"
        request.httpBodyStream = InputStream(data: Data(#"{"data":{}}"#.utf8))
        let (_, response) = try await URLSession.shared.data(for: request, authenticatedBy: source)
        #expect((response as? HTTPURLResponse)?.statusCode == 401)
        #expect(try await sandbox.statuses() == [401])
        try await until { try await sandbox.tokenRequests() == 2 }
    }

    @Test("ends with its task, by the session's own error")
    func endsWithItsTask() async throws {
        let sandbox = try Sandbox()
        try await sandbox.fault("piwik_pro", "api", #"{"type":"hang"}"#)
        let source = try sandbox.source()
        let call = Task { try await sandbox.call(source, "/api/apps/v2") }
        try await sandbox.idle(received: 2)
        call.cancel()
        do {
            _ = try await call.value
            Issue.record("it was cancelled")
        } catch let error as URLError {
            #expect(error.code == .cancelled)
        }
        try await until { try await sandbox.log("kind=api").first?.state == "aborted" }
    }

    @Test("fails as the session fails")
    func failsAsTheSession() async throws {
        let sandbox = try Sandbox()
        try await sandbox.fault("piwik_pro", "api", #"{"type":"drop"}"#)
        let source = try sandbox.source()
        await #expect(throws: URLError.self) { try await sandbox.call(source, "/api/apps/v2") }
    }
}

extension Sandbox {
    /// Calls the API; returns the answer's status.
    func call(_ source: TokenSource, _ path: String) async throws -> Int? {
        let request = URLRequest(url: try source.url(path))
        let session = URLSession(configuration: .ephemeral)
        defer { session.finishTasksAndInvalidate() }
        let (_, response) = try await session.data(for: request, authenticatedBy: source)
        return (response as? HTTPURLResponse)?.statusCode
    }

    func statuses() async throws -> [Int?] {
        try await log("kind=api").map(\.status)
    }

    func redirect(to location: String) async throws {
        try await fault("piwik_pro", "api", #"{"type":"redirect","status":307,"location":"\#(location)"}"#, times: 1)
    }

    /// A provider whose token goes in a header of this name, and to whom the API of Piwik PRO belongs.
    func custom(_ headerName: String) -> Provider {
        let descriptor = #"""
            {
              "version": 1, "name": "custom_header", "title": "the test's server",
              "variables": { "server": { "kind": "base_url", "label": "URL of the server" } },
              "request": { "url": "{server}/auth/token" },
              "response": { "token": { "pointer": "/access_token" } },
              "api": { "base_url": "{server}", "header": { "name": "\#(headerName)" } }
            }
            """#
        return .custom(descriptor: descriptor, variables: ["server": start.piwikPro.http.absoluteString])
    }
}

extension TokenSource.Options {
    /// A rejected token is replaced at once, however young it is.
    static var eager: TokenSource.Options {
        var options = TokenSource.Options()
        options.policy.graceMaxMs = 0
        return options
    }
}

private final class RefusingDelegate: NSObject, URLSessionTaskDelegate {
    let asked = Locked<[String?]>([])

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        asked.withLock { $0.append(request.value(forHTTPHeaderField: "Authorization")) }
        completionHandler(nil)
    }
}

private final class LeakyDelegate: NSObject, URLSessionTaskDelegate {
    private let token: String?

    init(token: String?) {
        self.token = token
    }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        var request = request
        request.setValue(token, forHTTPHeaderField: "Authorization")
        completionHandler(request)
    }
}
