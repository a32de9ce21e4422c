// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "bench",
    platforms: [.macOS(.v13)],
    dependencies: [.package(name: "evertoken", path: "../../..")],
    targets: [
        .executableTarget(name: "bench", dependencies: [.product(name: "Evertoken", package: "evertoken")])
    ]
)
