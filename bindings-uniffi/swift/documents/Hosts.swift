import Foundation

/// Where the hosts that the documents name are on this machine.
public enum Hosts {
    private static let table: [String: String] = {
        let text = ProcessInfo.processInfo.environment["EVERTOKEN_HOSTS"] ?? "{}"
        return (try? JSONDecoder().decode([String: String].self, from: Data(text.utf8))) ?? [:]
    }()

    /// The text with the host's address on this machine in its place.
    public static func find(_ text: String) -> String {
        table.reduce(text) { text, entry in
            text.replacingOccurrences(of: "https://\(entry.key)", with: entry.value)
                .replacingOccurrences(of: entry.key, with: entry.value)
        }
    }
}
