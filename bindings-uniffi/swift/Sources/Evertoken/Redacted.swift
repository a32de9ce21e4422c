/// What shows nothing of what it holds, whichever way it is printed.
protocol Redacted: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {}

extension Redacted {
    /// The same as ``description``.
    public var debugDescription: String { description }

    /// Shows no member.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
