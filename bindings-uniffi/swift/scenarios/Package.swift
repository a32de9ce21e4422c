// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "scenarios",
    platforms: [.macOS(.v13)],
    dependencies: [.package(name: "evertoken", path: "../../..")],
    targets: [
        .executableTarget(name: "scenarios", dependencies: [.product(name: "Evertoken", package: "evertoken")])
    ]
)
