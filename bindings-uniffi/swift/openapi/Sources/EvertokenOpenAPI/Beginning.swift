import Foundation
import OpenAPIRuntime

/// The beginning of a body that can be read only once, and the body with it in front again.
struct Beginning {
    private let chunks: [HTTPBody.ByteChunk]
    private let rest: Rest?

    /// Reads until the end, or until more than `limit` bytes have come.
    init(of body: HTTPBody, limit: Int) async throws {
        var iterator = body.makeAsyncIterator()
        var chunks: [HTTPBody.ByteChunk] = []
        var count = 0
        while count <= limit {
            guard let chunk = try await iterator.next() else {
                (self.chunks, rest) = (chunks, nil)
                return
            }
            chunks.append(chunk)
            count += chunk.count
        }
        (self.chunks, rest) = (chunks, Rest(iterator))
    }

    /// All bytes, if that was the end.
    var whole: Data? {
        rest == nil ? Data(chunks.joined()) : nil
    }

    /// A body with the same bytes as the one that was read.
    func body(length: HTTPBody.Length) -> HTTPBody {
        guard let rest else { return HTTPBody(HTTPBody.ByteChunk(chunks.joined()), length: length) }
        return HTTPBody(Resumed(chunks: chunks, rest: rest), length: length, iterationBehavior: .single)
    }
}

/// What has not been read yet. Only one reads it: the body that it belongs to allows one iteration.
private final class Rest: @unchecked Sendable {
    private var iterator: HTTPBody.Iterator

    init(_ iterator: HTTPBody.Iterator) {
        self.iterator = iterator
    }

    func next() async throws -> HTTPBody.ByteChunk? {
        try await iterator.next()
    }
}

private struct Resumed: AsyncSequence, Sendable {
    typealias Element = HTTPBody.ByteChunk

    let chunks: [HTTPBody.ByteChunk]
    let rest: Rest

    func makeAsyncIterator() -> Iterator {
        Iterator(chunks: chunks[...], rest: rest)
    }

    struct Iterator: AsyncIteratorProtocol {
        var chunks: ArraySlice<HTTPBody.ByteChunk>
        let rest: Rest

        mutating func next() async throws -> HTTPBody.ByteChunk? {
            if let chunk = chunks.popFirst() {
                return chunk
            }
            return try await rest.next()
        }
    }
}
