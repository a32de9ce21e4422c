import Evertoken

/// Returns the error that a function throws.
func thrown(_ call: () async throws -> some Any) async -> EvertokenError? {
    do {
        _ = try await call()
        return nil
    } catch {
        return error as? EvertokenError
    }
}
