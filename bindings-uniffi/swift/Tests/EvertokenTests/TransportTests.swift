import Foundation
import Testing

@testable import Evertoken

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@Suite("The transport over URLSession")
struct TransportTests {
    @Test("follows no redirect, and the error says where it leads")
    func followsNoRedirect() async throws {
        let sandbox = try Sandbox()
        let location = "\(sandbox.start.elsewhere.http)/token"
        try await sandbox.fault("piwik_pro", "token", #"{"type":"redirect","status":307,"location":"\#(location)"}"#)
        let source = try sandbox.source()
        do {
            _ = try await source.headers()
            Issue.record("a redirect is no token")
        } catch let error as EvertokenError {
            #expect(error.code == .redirectRefused)
            #expect(error.description.contains("/token"))
        }
        #expect(try await sandbox.log("vendor=elsewhere").isEmpty)
    }

    @Test("reads no more of an answer than it may", arguments: [true, false])
    func readsNoMore(isChunked: Bool) async throws {
        let sandbox = try Sandbox()
        let body = #"{"huge":{"bytes":11000000,"chunked":\#(isChunked)}}"#
        try await sandbox.fault("piwik_pro", "token", #"{"type":"answer","status":200,"body":\#(body)}"#)
        let source = try sandbox.source(options: .once)
        #expect(try await code { try await source.headers() } == .answerTooLarge)
        try await until { try await sandbox.log("kind=token").first?.state != "working" }
    }

    @Test("sends no header that a configuration adds")
    func sendsNoAddedHeaders() async throws {
        let sandbox = try Sandbox()
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpAdditionalHeaders = ["X-Api-Key": "not-a-real-key"]
        let source = try sandbox.source(transport: URLSessionTransport(configuration: configuration))
        _ = try await source.headers()
        let names = try await sandbox.log("kind=token").flatMap { $0.headers.map { $0[0].lowercased() } }
        #expect(names.contains("content-type") && !names.contains("x-api-key"))
    }

    @Test("sends no cookies with a client's secret, and those of its origin to a broker")
    func sendsNoCookies() async throws {
        let sandbox = try Sandbox()
        let storage = try #require(URLSessionConfiguration.ephemeral.httpCookieStorage)
        let server = sandbox.start.oauth2.http
        let properties: [HTTPCookiePropertyKey: Any] = [
            .name: "session", .value: "test-session", .path: "/", .domain: server.host ?? "",
        ]
        storage.setCookie(try #require(HTTPCookie(properties: properties)))
        let transport = URLSessionTransport(cookies: storage)
        let client = Provider.oauth2(
            tokenEndpoint: server.appendingPathComponent("oauth2/token"),
            api: .url(server),
            credentials: try sandbox.credentials("oauth2")
        )
        _ = try await sandbox.source(client, transport: transport).headers()
        let broker = Provider.broker(
            url: server.appendingPathComponent("broker/token"),
            api: .url(server),
            headers: { ["X-CSRF-Token": "test-\($0)"] }
        )
        _ = try await sandbox.source(broker, transport: transport).headers()
        let requests = try await sandbox.log("kind=token")
        #expect(requests.map { $0.header("cookie") } == [nil, "session=test-session"])
        #expect(requests.last?.header("x-csrf-token") == "test-absent")
    }

    @Test("keeps no cookies that a token endpoint sets")
    func keepsNoCookies() async throws {
        let sandbox = try Sandbox()
        let head = #"{"type":"answer","status":200,"headers":[["set-cookie","a=b"]]"#
        let body = #""body":{"json":{"access_token":"test-token","expires_in":3600}}}"#
        try await sandbox.fault("piwik_pro", "token", "\(head),\(body)")
        let source = try sandbox.source()
        _ = try await source.headers()
        source.invalidate()
        _ = try await source.headers()
        #expect(try await sandbox.log("kind=token").map { $0.header("cookie") } == [nil, nil])
        #expect(HTTPCookieStorage.shared.cookies(for: sandbox.start.piwikPro.http)?.isEmpty != false)
    }

    @Test("sends a request once, also when a connection that served another one dies", arguments: [true, false])
    func sendsOnce(hasBody: Bool) async throws {
        let sandbox = try Sandbox()
        let server = sandbox.start.oauth2.http
        let broker = Provider.broker(url: server.appendingPathComponent("broker/token"), api: .url(server))
        let client = Provider.oauth2(
            tokenEndpoint: server.appendingPathComponent("oauth2/token"),
            api: .url(server),
            credentials: try sandbox.credentials("oauth2")
        )
        let source = try sandbox.source(hasBody ? client : broker, options: .once)
        _ = try await source.headers()
        try await sandbox.fault("oauth2", "token", #"{"type":"drop"}"#)
        source.invalidate()
        #expect(try await code { try await source.headers() } == .transportFailed)
        #expect(try await sandbox.tokenRequests("oauth2") == 2)
    }

    @Test("takes a 401 that asks for a user's password for the answer that it is")
    func endsAtChallenges() async throws {
        let sandbox = try Sandbox()
        let headers = #"[["www-authenticate","Basic realm=\"test\""]]"#
        try await sandbox.fault("piwik_pro", "token", #"{"type":"answer","status":401,"headers":\#(headers)}"#)
        let source = try sandbox.source(options: .once)
        #expect(try await code { try await source.headers(patience: 60) } == .credentialsRejected)
    }

    @Test("tells why there is no answer without the request's URL")
    func tellsWhy() async throws {
        let sandbox = try Sandbox()
        try await sandbox.fault("piwik_pro", "token", #"{"type":"drop"}"#)
        let source = try sandbox.source(options: .once)
        do {
            _ = try await source.headers()
        } catch let error as EvertokenError {
            let cause = try #require(error.underlying as? URLError)
            #expect(cause.failingURL == nil)
            #expect(!String(reflecting: cause).contains("127.0.0.1"))
            #expect(error.detail == "no answer: NSURLErrorDomain \(cause.code.rawValue)")
        }
    }

    @Test("ends with its task")
    func endsWithItsTask() async throws {
        let sandbox = try Sandbox()
        try await sandbox.fault("piwik_pro", "token", #"{"type":"stall","after_bytes":10}"#)
        var options = TokenSource.Options.once
        options.policy.attemptDeadlineMs = 200
        options.policy.attemptAbortMs = 200
        let source = try sandbox.source(options: options)
        #expect(try await code { try await source.headers() } == .attemptDeadline)
        try await until { try await sandbox.log("kind=token").first?.state == "aborted" }
    }

    @Test("asks nobody when its task was cancelled before")
    func cancelledBefore() async throws {
        let sandbox = try Sandbox()
        let answers = Answers(challenges: nil)
        let session = URLSession(configuration: .ephemeral, delegate: answers, delegateQueue: nil)
        let request = session.dataTask(with: sandbox.start.elsewhere.http)
        // The session has nothing more to tell of it.
        request.cancel()
        try await until { request.state == .completed }
        let gate = Gate()
        let call = Task {
            await gate.pass()
            return try await answers.answer(of: request, limit: 10)
        }
        call.cancel()
        await gate.open()
        await #expect(throws: URLError.self) { try await call.value }
        #expect(try await sandbox.log().isEmpty)
        session.invalidateAndCancel()
    }
}
