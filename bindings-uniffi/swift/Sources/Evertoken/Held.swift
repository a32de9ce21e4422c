internal import EvertokenGlue

/// A token as callers see it; all who ask share the same headers.
final class Held: Sendable, Redacted {
    let snapshot: Snapshot
    let headers: [String: String]

    init(_ snapshot: Snapshot) {
        self.snapshot = snapshot
        headers = [snapshot.headerName: snapshot.headerValue]
    }

    var description: String { "Held(\(snapshot.generation), redacted)" }

    func isSame(as other: Snapshot) -> Bool {
        snapshot.generation == other.generation && snapshot.revision == other.revision
    }

    /// Says whether it serves without asking the machine.
    func isFresh(_ now: TokenInstant) -> Bool {
        now.mono < snapshot.askAt.mono && now.wall < snapshot.askAt.wall
    }

    /// Says whether it serves; once it is not fresh the machine wants to be asked as well.
    func isUsable(_ now: TokenInstant) -> Bool {
        now.mono < snapshot.useUntil.mono && now.wall < snapshot.useUntil.wall
    }

    func response(_ now: TokenInstant) -> TokenResponse {
        let issued = snapshot.issuedAt
        let age = max(now.mono.minus(issued.mono), now.wall.minus(issued.wall))
        let scheme = snapshot.headerValue.dropLast(snapshot.token.count).split(separator: " ").joined(separator: " ")
        return TokenResponse(
            accessToken: snapshot.token,
            tokenType: scheme.isEmpty ? "Bearer" : scheme,
            expiresIn: Int(snapshot.lifetimeMs.minus(age) / 1_000)
        )
    }
}

extension UInt64 {
    /// Subtracts, down to 0.
    func minus(_ other: UInt64) -> UInt64 {
        self > other ? self - other : 0
    }
}
