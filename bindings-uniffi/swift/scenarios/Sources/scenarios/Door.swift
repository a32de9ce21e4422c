import Evertoken
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Counts the requests that clients have begun and that have ended, at the door of the HTTP library.
final class Door: Sendable {
    struct Traffic: Equatable {
        var begun = 0
        var ended = 0
    }

    /// What the requests of one file are counted in: those that it leaves behind are none of the next one's.
    private let counted = Shared(Shared(Traffic()))

    var traffic: Traffic { counted.withLock { $0 }.withLock { $0 } }

    /// Counts from 0 on.
    func reset() {
        counted.withLock { $0 = Shared(Traffic()) }
    }

    /// Counts a request; returns what counts its end.
    func begin() -> @Sendable () -> Void {
        let counted = counted.withLock { $0 }
        counted.withLock { $0.begun += 1 }
        return { counted.withLock { $0.ended += 1 } }
    }
}

/// The HTTP library, whose requests are counted.
///
/// All files share it: on Linux the process aborts if a session goes away that has spoken TLS.
struct Library {
    let door: Door
    let transport: CountedTransport
    let session: CountedSession

    init() {
        door = Door()
        transport = CountedTransport(door)
        session = CountedSession(door)
    }
}

/// The transport of the token requests.
struct CountedTransport: TokenTransport {
    let door: Door
    private let inner = URLSessionTransport()

    init(_ door: Door) {
        self.door = door
    }

    func send(_ request: TokenRequest) async throws -> TokenAnswer {
        let end = door.begin()
        defer { end() }
        return try await inner.send(request)
    }
}

/// The session of the API's calls; a redirect that is followed belongs to its request.
final class CountedSession: URLSession, @unchecked Sendable {
    typealias Handler = @Sendable (Data?, URLResponse?, (any Error)?) -> Void

    private var door = Door()

    /// A session whose requests are counted at a door.
    convenience init(_ door: Door) {
        self.init(configuration: .ephemeral)
        self.door = door
    }

    override func dataTask(with request: URLRequest, completionHandler: @escaping Handler) -> URLSessionDataTask {
        super.dataTask(with: request, completionHandler: counted(completionHandler))
    }

    override func uploadTask(
        with request: URLRequest,
        from body: Data?,
        completionHandler: @escaping Handler
    ) -> URLSessionUploadTask {
        super.uploadTask(with: request, from: body, completionHandler: counted(completionHandler))
    }

    /// It has ended when the client knows: what it does then is in the loop.
    private func counted(_ handler: @escaping Handler) -> Handler {
        let end = door.begin()
        return { data, response, error in
            handler(data, response, error)
            end()
        }
    }
}
