internal import EvertokenGlue
import Foundation

/// What the core said about URLs and statuses: asking it costs more than all else of a call.
final class Memory: Sendable {
    private struct State {
        /// The media type of a URL that may get the token, by its text without a query; `none` where it may not.
        var mediaTypes: [Substring: String?] = [:]
        var inspected: [Int: Bool] = [:]
    }

    private static let kept = 512

    let headerName: String
    let api: Api
    private let state = Locked(State())

    init(_ api: Api) {
        self.api = api
        headerName = (try? api.headerName()) ?? ""
    }

    /// Returns the media type of a request that may carry the token, empty where the API wants none.
    func mediaType(_ url: URL) -> String? {
        let text = url.absoluteString
        let place = text.prefix { $0 != "?" && $0 != "#" }
        if let known = state.withLock({ $0.mediaTypes[place] }) {
            return known
        }
        let mediaType = try? api.admits(url: text)
        state.withLock { state in
            if state.mediaTypes.count >= Self.kept {
                state.mediaTypes = [:]
            }
            state.mediaTypes[place] = .some(mediaType)
        }
        return mediaType
    }

    func inspects(_ status: Int) -> Bool {
        if let known = state.withLock({ $0.inspected[status] }) {
            return known
        }
        let inspects = (try? api.inspects(status: UInt16(clamping: status))) ?? false
        state.withLock { $0.inspected[status] = inspects }
        return inspects
    }
}
