import Foundation

/// A certificate authority that this process trusts, and no other process.
///
/// On Linux `URLSession` has no setting for it and reads the system's file, so the process mounts another one over it.
struct Trust {
    #if os(Linux)
        private static let system = "/etc/ssl/certs/ca-certificates.crt"
        private static let newMounts: Int32 = 0x0002_0000
        private static let newUsers: Int32 = 0x1000_0000
        private static let isPrivate: UInt = 0x0004_4000
        private static let isBind: UInt = 0x0000_1000

        private typealias Unshare = @convention(c) (Int32) -> Int32
        private typealias Mount = @convention(c) (
            UnsafePointer<CChar>?, UnsafePointer<CChar>, UnsafePointer<CChar>?, UInt, UnsafeRawPointer?
        ) -> Int32
    #endif

    /// The authority's certificate, which may be written later on.
    let file: URL

    /// Makes the file; to be called before there are other threads, which would not see it.
    init() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("scenarios-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        file = folder.appendingPathComponent("ca.pem")
        try Data().write(to: file)
        #if os(Linux)
            let unshare = unsafeBitCast(dlsym(nil, "unshare"), to: Unshare.self)
            let mount = unsafeBitCast(dlsym(nil, "mount"), to: Mount.self)
            // Who is not root is so among users of their own.
            let hasMounts = unshare(geteuid() == 0 ? Self.newMounts : Self.newMounts | Self.newUsers) == 0
            // It fails in a root of its own, where whoever made it has seen to that.
            _ = mount("none", "/", nil, Self.isPrivate, nil)
            let isShared = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8).contains(" shared:")
            guard hasMounts, !isShared, mount(file.path, Self.system, nil, Self.isBind, nil) == 0 else {
                throw Failure(
                    .malformed,
                    "mounts of its own take root or user namespaces: \(String(cString: strerror(errno)))"
                )
            }
        #endif
    }

    func end() {
        try? FileManager.default.removeItem(at: file.deletingLastPathComponent())
    }
}
