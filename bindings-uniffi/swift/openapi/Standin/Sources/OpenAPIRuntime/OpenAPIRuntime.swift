// What of swift-openapi-runtime 1 the middleware uses.

import Foundation
import HTTPTypes

public protocol ClientMiddleware: Sendable {
    func intercept(
        _ request: HTTPRequest,
        body: HTTPBody?,
        baseURL: URL,
        operationID: String,
        next: @Sendable (HTTPRequest, HTTPBody?, URL) async throws -> (HTTPResponse, HTTPBody?)
    ) async throws -> (HTTPResponse, HTTPBody?)
}

public final class HTTPBody: @unchecked Sendable, AsyncSequence {
    public typealias ByteChunk = ArraySlice<UInt8>
    public typealias Element = ByteChunk

    public enum IterationBehavior: Sendable {
        case single, multiple
    }

    public enum Length: Sendable, Equatable {
        case unknown
        case known(Int64)
    }

    public struct Iterator: AsyncIteratorProtocol {
        let produce: () async throws -> ByteChunk?

        public mutating func next() async throws -> ByteChunk? {
            try await produce()
        }
    }

    public let iterationBehavior: IterationBehavior
    public let length: Length
    private let iterator: () -> Iterator
    private let lock = NSLock()
    private var isRead = false

    public convenience init(_ bytes: ByteChunk, length: Length) {
        self.init(Once(chunk: bytes), length: length, iterationBehavior: .multiple)
    }

    public init<Bytes: AsyncSequence & Sendable>(
        _ sequence: Bytes,
        length: Length,
        iterationBehavior: IterationBehavior
    ) where Bytes.Element == ByteChunk {
        self.length = length
        self.iterationBehavior = iterationBehavior
        iterator = {
            var chunks = sequence.makeAsyncIterator()
            return Iterator { try await chunks.next() }
        }
    }

    /// The runtime ends the program where a body is read twice that can be read once; here nothing comes.
    public func makeAsyncIterator() -> Iterator {
        let isOver = lock.withLock {
            defer { isRead = true }
            return isRead && iterationBehavior == .single
        }
        return isOver ? Iterator { nil } : iterator()
    }
}

private struct Once: AsyncSequence, AsyncIteratorProtocol, Sendable {
    var chunk: HTTPBody.ByteChunk?

    func makeAsyncIterator() -> Once { self }

    mutating func next() async -> HTTPBody.ByteChunk? {
        defer { chunk = nil }
        return chunk
    }
}
