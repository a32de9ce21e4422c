/// Whose token requests the current task works for: asking one of them would wait for itself.
enum Reentry {
    /// A token request on its way. What a function for credentials or headers starts, and leaves running, outlives it.
    final class Work: Sendable {
        private let shell: ObjectIdentifier
        private let isOver = Locked(false)

        init(of shell: Shell) {
            self.shell = ObjectIdentifier(shell)
        }

        func isUnderWay(of other: Shell) -> Bool {
            shell == ObjectIdentifier(other) && !isOver.withLock { $0 }
        }

        func end() {
            isOver.withLock { $0 = true }
        }
    }

    @TaskLocal static var works: [Work] = []
}
