import Foundation

/// Which sources' token requests the current task works for: asking one of them would wait for itself.
enum Reentry {
    @TaskLocal static var sources: Set<UUID> = []
}
