// swift-tools-version: 6.0
import PackageDescription

let sources = "bindings-uniffi/swift/Sources"

#if os(macOS)
    let isMac = true
#else
    let isMac = false
#endif

/// The xcframework of this release, as `bindings-uniffi/swift/xcframework.sh` made it; none between releases.
let released: (url: String, checksum: String)? = nil

/// The compiled core: on a Mac an xcframework, else a library that the linker finds by `-Xlinker -L`.
let core: Target =
    if let framework = Context.environment["EVERTOKEN_XCFRAMEWORK"] {
        .binaryTarget(name: "EvertokenFFI", path: framework)
    } else if let released, isMac {
        .binaryTarget(name: "EvertokenFFI", url: released.url, checksum: released.checksum)
    } else {
        .systemLibrary(name: "EvertokenFFI", path: "\(sources)/EvertokenFFI")
    }

let package = Package(
    name: "evertoken",
    platforms: [.iOS(.v15), .macOS(.v12), .tvOS(.v15), .watchOS(.v8)],
    products: [.library(name: "Evertoken", targets: ["Evertoken"])],
    targets: [
        core,
        .target(
            name: "EvertokenGlue",
            dependencies: ["EvertokenFFI"],
            path: "\(sources)/EvertokenGlue",
            // Generated code, which does not compile in mode 6.
            swiftSettings: [.swiftLanguageMode(.v5)]
        ),
        .target(name: "Evertoken", dependencies: ["EvertokenGlue"], path: "\(sources)/Evertoken"),
        .testTarget(
            name: "EvertokenTests",
            dependencies: ["Evertoken", "EvertokenGlue"],
            path: "bindings-uniffi/swift/Tests/EvertokenTests"
        ),
    ]
)
