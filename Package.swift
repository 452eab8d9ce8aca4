// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors on our own targets only: a dependency's warning must never stop a build.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]
let strictC: [CSetting] = [.unsafeFlags(["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"])]

let package = Package(
    name: "StepUp",
    products: [
        .executable(name: "stepupd", targets: ["stepupd"]),
        .executable(name: "stepupctl", targets: ["stepupctl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // The domain. Imports nothing, not even Foundation.
        .target(name: "StepUpCore", swiftSettings: strict),

        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .target(name: "StepUpCrypto", dependencies: ["StepUpCore", "COpenSSL"], swiftSettings: strict),
        .target(name: "StepUpFactors", dependencies: ["StepUpCore", "StepUpCrypto"], swiftSettings: strict),
        .target(name: "AuditTree", dependencies: ["StepUpCrypto"], swiftSettings: strict),

        // The shims' codec: one set of vectors runs through it and through StepUpWire.
        .target(name: "CStepUpWire", path: "CShims/wire", cSettings: strictC),
        .target(name: "StepUpWire", dependencies: ["StepUpCore"], swiftSettings: strict),

        // Other people's logs, and what a policy would have done to their logins.
        .target(name: "StepUpLogs", dependencies: ["StepUpCore"], swiftSettings: strict),
        .target(name: "StepUpBacktest", dependencies: ["StepUpCore", "StepUpLogs"], swiftSettings: strict),

        .target(name: "CToml", cxxSettings: [.unsafeFlags(["-std=c++17", "-fvisibility=hidden"])]),
        .target(name: "StepUpConfig", dependencies: ["StepUpCore", "CToml"], swiftSettings: strict),
        .systemLibrary(name: "CMaxMindDB", pkgConfig: "libmaxminddb", providers: [.apt(["libmaxminddb-dev"])]),
        .systemLibrary(name: "CLoc", pkgConfig: "libloc", providers: [.apt(["libloc-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "StepUpSources",
            dependencies: ["StepUpCore", "StepUpCrypto", "StepUpLogs", "CLinux", "CMaxMindDB", "CLoc", "CZlib"],
            swiftSettings: strict),

        .target(
            name: "StepUpLedger",
            dependencies: [
                "StepUpCore", "StepUpCrypto", "AuditTree",
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict),

        .target(name: "CLinux", cSettings: strictC),
        .target(
            name: "StepUpDaemon",
            dependencies: [
                "StepUpCore", "StepUpCrypto", "StepUpFactors", "StepUpWire", "StepUpConfig", "StepUpSources",
                "StepUpLedger", "AuditTree", "CLinux",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .executableTarget(name: "stepupd", dependencies: ["StepUpDaemon"], swiftSettings: strict),

        .systemLibrary(name: "CQrencode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),
        .executableTarget(
            name: "stepupctl",
            dependencies: [
                "StepUpCore", "StepUpCrypto", "StepUpFactors", "StepUpWire", "StepUpConfig", "StepUpSources", "StepUpLedger",
                "StepUpLogs", "StepUpBacktest", "AuditTree", "CQrencode", "CLinux",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        .target(
            name: "StepUpTestKit", dependencies: ["StepUpCore", "StepUpCrypto", "StepUpWire", "StepUpLedger"], swiftSettings: strict
        ),

        .executableTarget(
            name: "stepup-bench",
            dependencies: [
                "StepUpCore", "StepUpCrypto", "StepUpConfig", "StepUpSources", "StepUpLogs", "StepUpBacktest", "StepUpLedger",
                "StepUpTestKit",
            ],
            path: "Tests/Bench/Micro", swiftSettings: strict),

        .executableTarget(
            name: "stepup-study",
            dependencies: ["StepUpCore", "StepUpCrypto", "StepUpConfig", "StepUpSources", "StepUpLogs", "StepUpBacktest"],
            path: "Tests/Study", swiftSettings: strict),

        .testTarget(name: "StepUpCoreTests", dependencies: ["StepUpCore", "StepUpTestKit"], swiftSettings: strict),
        .testTarget(name: "StepUpLogsTests", dependencies: ["StepUpLogs", "StepUpCore", "StepUpSources"], swiftSettings: strict),
        .testTarget(
            name: "StepUpBacktestTests", dependencies: ["StepUpBacktest", "StepUpLogs", "StepUpCore", "StepUpConfig"],
            swiftSettings: strict),
        .testTarget(name: "StepUpCryptoTests", dependencies: ["StepUpCrypto", "StepUpTestKit"], swiftSettings: strict),
        .testTarget(name: "StepUpFactorsTests", dependencies: ["StepUpFactors", "StepUpTestKit"], swiftSettings: strict),
        .testTarget(name: "AuditTreeTests", dependencies: ["AuditTree", "StepUpCrypto"], swiftSettings: strict),
        .testTarget(
            name: "StepUpWireTests", dependencies: ["StepUpWire", "CStepUpWire", "StepUpTestKit"], swiftSettings: strict),
        .testTarget(
            name: "StepUpConfigTests", dependencies: ["StepUpConfig", "StepUpSources", "StepUpTestKit"], swiftSettings: strict),
        .testTarget(name: "StepUpSourcesTests", dependencies: ["StepUpSources", "StepUpCore"], swiftSettings: strict),
        .testTarget(
            name: "StepUpLedgerTests",
            dependencies: ["StepUpLedger", "StepUpTestKit", .product(name: "GRDB", package: "GRDB.swift")], swiftSettings: strict),
        .testTarget(
            name: "StepUpDaemonTests",
            dependencies: ["StepUpDaemon", "StepUpTestKit", "StepUpConfig", "StepUpFactors"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
