import Foundation

/// Where the hosts that the documents name are on this machine.
public enum Hosts {
    /// The longer ones first: one may begin with another.
    private static let table: [(host: String, address: String)] = {
        let text = ProcessInfo.processInfo.environment["EVERTOKEN_HOSTS"] ?? "{}"
        let table = (try? JSONDecoder().decode([String: String].self, from: Data(text.utf8))) ?? [:]
        return table.sorted { $0.key.count > $1.key.count }.map { ($0.key, $0.value) }
    }()

    /// The text with the host's address on this machine in its place.
    public static func find(_ text: String) -> String {
        table.reduce(text) { text, entry in
            text.replacingOccurrences(of: "https://\(entry.host)", with: entry.address)
                .replacingOccurrences(of: entry.host, with: entry.address)
        }
    }
}
