// swift-tools-version: 6.0
import PackageDescription

// The middleware with declarations in place of the libraries, which are not to be had everywhere.
let package = Package(
    name: "openapi-standin",
    platforms: [.macOS(.v13)],
    dependencies: [.package(name: "evertoken", path: "../../../..")],
    targets: [
        .target(name: "HTTPTypes"),
        .target(name: "OpenAPIRuntime", dependencies: ["HTTPTypes"]),
        .target(
            name: "EvertokenOpenAPI",
            dependencies: ["HTTPTypes", "OpenAPIRuntime", .product(name: "Evertoken", package: "evertoken")]
        ),
        .testTarget(name: "MiddlewareTests", dependencies: ["EvertokenOpenAPI"]),
    ]
)
