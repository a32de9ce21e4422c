import Evertoken
import EvertokenOpenAPI
import Foundation
import HTTPTypes
import OpenAPIRuntime
import Testing

@Suite struct MiddlewareTests {
    let middleware: EvertokenMiddleware
    let api = API()

    init() throws {
        // So that each rejection counts at once, however young the token is.
        var options = TokenSource.Options(dangerouslyAllowSecretInApp: true)
        options.policy.graceMaxMs = 0
        options.policy.holdMs = 1
        options.policy.holdCapMs = 1
        let provider = Provider.piwikPro(
            account: "acme.piwik.pro",
            credentials: .init(id: "an id", secret: "a secret")
        )
        middleware = EvertokenMiddleware(try TokenSource(provider, transport: TokenEndpoint(), options: options))
    }

    @Test("a rejected token is replaced, and the body sent again")
    func replaced() async throws {
        let body = HTTPBody(Chunks([[1], [2]]), length: .known(2), iterationBehavior: .multiple)
        #expect(try await call("/api/apps/v2", body, answers: [401, 200]).code == 200)
        #expect(await api.tokens == ["Bearer token-1", "Bearer token-2"])
        #expect(await api.bodies == [2, 2])
    }

    @Test("a body that cannot be sent twice gets the API's answer, and the next call a new token")
    func streamed() async throws {
        let body = HTTPBody(Chunks([[1]]), length: .unknown, iterationBehavior: .single)
        #expect(try await call("/api/apps/v2", body, answers: [401]).code == 401)
        #expect(try await call("/api/apps/v2", nil, answers: [200]).code == 200)
        #expect(await api.tokens == ["Bearer token-1", "Bearer token-2"])
    }

    @Test("a second rejection of a call is the API's answer")
    func rejectedAgain() async throws {
        #expect(try await call("/api/apps/v2", nil, answers: [401, 401]).code == 401)
        #expect(await api.tokens.count == 2)
    }

    @Test("an answer is looked into as far as it is not too long, and comes back whole", arguments: [40, 100_000])
    func whole(size: Int) async throws {
        let text = #"{"errors":[{"code":"not_authenticated"}]}"#
        let padding = String(repeating: " ", count: max(0, size - text.utf8.count))
        let answer = Chunks([ArraySlice(text.utf8), ArraySlice(padding.utf8)])
        let (code, length) = try await call("/api/tracker/v2/settings", nil, answers: [403, 403], answer)
        #expect(code == 403)
        #expect(length == text.utf8.count + padding.utf8.count)
        #expect(await api.tokens.count == (size > Adapter.lookedInto ? 1 : 2))
    }

    @Test("an operation of another server passes untouched")
    func elsewhere() async throws {
        #expect(try await call("/api/apps/v2", nil, answers: [200], server: "https://other.example").code == 200)
        #expect(await api.tokens == [nil])
    }

    private func call(
        _ path: String,
        _ body: HTTPBody?,
        answers: [Int],
        _ answer: Chunks = Chunks([]),
        server: String = "https://acme.piwik.pro"
    ) async throws -> (code: Int, length: Int) {
        await api.prepare(answers)
        let url = try #require(URL(string: server))
        let (response, content) = try await middleware.intercept(
            HTTPRequest(path: path), body: body, baseURL: url, operationID: "an operation"
        ) { [api] request, body, _ in
            let sent = HTTPField.Name("Authorization").flatMap { request.headerFields[$0] }
            let code = await api.answer(sent, try await length(body))
            return (HTTPResponse(code: code), HTTPBody(answer, length: .unknown, iterationBehavior: .single))
        }
        return (response.status.code, try await length(content))
    }
}

/// Counts a body's bytes.
private func length(_ body: HTTPBody?) async throws -> Int {
    var length = 0
    if let body {
        for try await chunk in body { length += chunk.count }
    }
    return length
}

/// What was sent.
actor API {
    private(set) var tokens: [String?] = []
    private(set) var bodies: [Int] = []
    private var answers: [Int] = []

    func prepare(_ answers: [Int]) {
        self.answers = answers
    }

    func answer(_ token: String?, _ body: Int) -> Int {
        tokens.append(token)
        bodies.append(body)
        return answers.isEmpty ? 500 : answers.removeFirst()
    }
}

actor TokenEndpoint: TokenTransport {
    private var given = 0

    func send(_ request: TokenRequest) async throws -> TokenAnswer {
        given += 1
        let answer = #"{"token_type":"Bearer","expires_in":1800,"access_token":"token-\#(given)"}"#
        return TokenAnswer(status: 200, headers: [("Content-Type", "application/json")], body: Data(answer.utf8))
    }
}

struct Chunks: AsyncSequence, AsyncIteratorProtocol, Sendable {
    private var rest: ArraySlice<HTTPBody.ByteChunk>

    init(_ chunks: [HTTPBody.ByteChunk]) {
        rest = chunks[...]
    }

    func makeAsyncIterator() -> Chunks { self }

    mutating func next() async -> HTTPBody.ByteChunk? { rest.popFirst() }
}
