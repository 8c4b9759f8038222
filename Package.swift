// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours is built the same way: strict, explicit about what it imports, and without a warning.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
]

/// A release carries Swift in itself: it starts in half the time, and runs where Swift is not installed. The static Foundation
/// names what it is made of only to who was compiled against it, so it is named here.
let selfContained: [LinkerSetting] = [
  .unsafeFlags(
    ["-static-stdlib", "-use-ld=lld"]
      + ["CoreFoundation", "_FoundationICU", "_FoundationCollections", "_FoundationCShims"].map { "-l\($0)" },
    .when(platforms: [.linux], configuration: .release))
]

func argumentParser() -> Target.Dependency { .product(name: "ArgumentParser", package: "swift-argument-parser") }
func nio(_ name: String) -> Target.Dependency { .product(name: name, package: "swift-nio") }

let package = Package(
  name: "partner-console",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "PartnerModel", targets: ["PartnerModel"]),
    .library(name: "PartnerContext", targets: ["PartnerContext"]),
    .executable(name: "partner-console", targets: ["partner-console"]),
    .executable(name: "console-bench", targets: ["console-bench"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    // Values
    .target(name: "SafeText", swiftSettings: strict),
    .target(name: "PartnerModel", swiftSettings: strict),
    .target(name: "TerminalKit", dependencies: ["SafeText"], swiftSettings: strict),
    .target(
      name: "ConsoleCore", dependencies: ["PartnerModel", "TerminalKit", "SafeText"], swiftSettings: strict),

    // Hashes, keys and certificates: the system's OpenSSL, opened when it is first needed
    .target(name: "COpenSSL"),
    .target(name: "SystemCrypto", dependencies: ["COpenSSL"], swiftSettings: strict),

    // What dependencies take from the system: a build without it says which package to install
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),

    // The shared client
    .target(name: "CCurl"),
    .target(name: "CSimdjson", linkerSettings: [.linkedLibrary("simdjson")]),
    .target(name: "CSpawn"),
    .target(name: "CKeyring"),
    .target(
      name: "PartnerContext",
      dependencies: [
        "PartnerModel", "SystemCrypto", "CCurl", "CSimdjson", "CSpawn", "CKeyring",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),

    // What is remembered, and what is done across tenants
    .target(
      name: "PartnerStore",
      dependencies: [
        "PartnerModel", "SystemCrypto", "CSQLite", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .target(
      name: "PartnerOperations", dependencies: ["PartnerModel", "PartnerContext", "PartnerStore"],
      swiftSettings: strict),

    // The terminal
    .systemLibrary(name: "CNcurses"),
    .target(name: "CSignals"),
    .target(
      name: "NcursesDriver", dependencies: ["TerminalKit", "SafeText", "CNcurses", "CSignals"], swiftSettings: strict),

    // The simulator: shares no type with the client
    .target(
      name: "LabServer",
      dependencies: ["SystemCrypto", nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1")],
      swiftSettings: strict),

    // The edge
    .target(
      name: "ConsoleApp",
      dependencies: [
        "SafeText", "PartnerModel", "TerminalKit", "ConsoleCore", "PartnerContext", "PartnerStore",
        "PartnerOperations", "NcursesDriver", "CSignals", "CSpawn", "LabServer", argumentParser(),
        .product(name: "Logging", package: "swift-log"),
      ],
      // A link to the example at the top level: the demo serves its tenants.
      resources: [.embedInCode("tenants.sample.json")],
      swiftSettings: strict),
    .executableTarget(
      name: "partner-console", dependencies: ["ConsoleApp"], swiftSettings: strict, linkerSettings: selfContained),
    .executableTarget(
      name: "console-bench",
      dependencies: [
        "BenchFigures", "PartnerModel", "PartnerContext", "PartnerStore", "PartnerOperations", "PseudoTerminal",
        argumentParser(), .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    // What is measured, as values and as a table
    .target(name: "BenchFigures", swiftSettings: strict),

    // A whole program in a terminal of its own, for tests and the benchmark
    .target(name: "CPseudoTerminal"),
    .target(name: "PseudoTerminal", dependencies: ["CPseudoTerminal"], swiftSettings: strict),

    // What a terminal makes of what it is sent, for tests
    .target(name: "TerminalModel", dependencies: ["TerminalKit", "SafeText"], swiftSettings: strict),

    // Where tests find what others recorded
    .target(name: "RecordedData", swiftSettings: strict),

    // Tests
    .testTarget(name: "SystemCryptoTests", dependencies: ["SystemCrypto"], swiftSettings: strict),
    .testTarget(name: "BenchFiguresTests", dependencies: ["BenchFigures"], swiftSettings: strict),
    .testTarget(name: "PseudoTerminalTests", dependencies: ["PseudoTerminal"], swiftSettings: strict),
    .testTarget(name: "SafeTextTests", dependencies: ["SafeText"], swiftSettings: strict),
    .testTarget(name: "TerminalKitTests", dependencies: ["TerminalKit", "SafeText"], swiftSettings: strict),
    .testTarget(name: "PartnerModelTests", dependencies: ["PartnerModel", "RecordedData"], swiftSettings: strict),
    .testTarget(
      name: "ConsoleCoreTests", dependencies: ["ConsoleCore", "PartnerModel", "TerminalKit", "SafeText"],
      exclude: ["Screens"], swiftSettings: strict),
    .testTarget(
      name: "PartnerContextTests",
      dependencies: [
        "PartnerContext", "PartnerModel", "SystemCrypto", "LabServer", "RecordedData", "CCurl", "CKeyring",
        "CSpawn",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "PartnerStoreTests",
      dependencies: ["PartnerStore", "PartnerModel", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),
    .testTarget(
      name: "PartnerOperationsTests",
      dependencies: [
        "PartnerOperations", "PartnerContext", "PartnerStore", "PartnerModel", "LabServer",
        .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "NcursesDriverTests",
      dependencies: ["NcursesDriver", "TerminalKit", "SafeText", "TerminalModel", "CNcurses"],
      swiftSettings: strict),
    .testTarget(
      name: "LabServerTests",
      dependencies: ["LabServer", "SystemCrypto", nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1")],
      swiftSettings: strict),
    .testTarget(
      name: "ConsoleAppTests",
      dependencies: [
        "ConsoleApp", "ConsoleCore", "TerminalKit", "NcursesDriver", "PartnerModel", "SafeText", "PartnerContext",
        "PartnerStore", "PartnerOperations", "LabServer", "PseudoTerminal", "TerminalModel", "RecordedData",
        "SystemCrypto",
      ],
      swiftSettings: strict),
    .testTarget(name: "HouseTests", dependencies: ["RecordedData"], swiftSettings: strict),
  ]
)
