// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "examples",
    platforms: [.macOS(.v13)],
    dependencies: [.package(name: "evertoken", path: "../..")],
    targets: ["piwik-pro", "didomi", "oro-commerce"].map {
        .executableTarget(name: $0, dependencies: [.product(name: "Evertoken", package: "evertoken")])
    } + [.testTarget(name: "ExamplesTests")]
)
