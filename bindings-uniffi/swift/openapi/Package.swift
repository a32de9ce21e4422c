// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "evertoken-openapi",
    platforms: [.iOS(.v15), .macOS(.v12), .tvOS(.v15), .watchOS(.v8)],
    products: [.library(name: "EvertokenOpenAPI", targets: ["EvertokenOpenAPI"])],
    dependencies: [
        .package(name: "evertoken", path: "../../.."),
        .package(url: "https://github.com/apple/swift-openapi-runtime", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.0.0"),
    ],
    targets: [
        .target(
            name: "EvertokenOpenAPI",
            dependencies: [
                .product(name: "Evertoken", package: "evertoken"),
                .product(name: "OpenAPIRuntime", package: "swift-openapi-runtime"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]
        )
    ]
)
