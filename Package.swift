// swift-tools-version: 6.2
import PackageDescription

// Floors (see README, "Floors"): imports go down only, and scripts/check sees to it.
let package = Package(
  name: "sluice",
  products: [
    .executable(name: "sluice", targets: ["sluice"]),
    // For programs that serve or call a channel themselves; what is public in these two is all that they promise.
    .library(name: "SluiceServer", targets: ["SluiceServer"]),
    .library(name: "SluiceTransports", targets: ["SluiceTransports"]),
  ],
  targets: [
    // Floor 0: C. The shim speaks plain ints, so that no libc type leaks into Swift interfaces.
    .target(name: "CLinux", cSettings: [.define("_GNU_SOURCE")]),
    .systemLibrary(name: "CInotifyTools", providers: [.apt(["libinotifytools0-dev"])]),
    .target(
      name: "CSimdjson", cxxSettings: [.unsafeFlags(["-std=c++17"])],
      linkerSettings: [.linkedLibrary("simdjson"), .linkedLibrary("stdc++")]),
    .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSeccomp", providers: [.apt(["libseccomp-dev"])]),
    // Its header only: the library is loaded by a server whose channel file asks for HTTP, and linked by nobody.
    .target(name: "CMicrohttpd"),
    // Floor 1: the only Swift target that sees Glibc and the shim.
    // The archives, not the shared objects: `sluice send` is started for every message, and loading them took longer
    // than all that it does.
    .target(
      name: "SluiceSystem", dependencies: ["CLinux", "CInotifyTools", "CCrypto", "CSeccomp"],
      linkerSettings: [
        .linkedLibrary(":libcrypto.a"), .linkedLibrary(":libinotifytools.a"), .linkedLibrary(":libseccomp.a"),
      ]),
    // Floor 2.
    .target(name: "SluiceChannel"),
    .target(name: "SluiceReactor", dependencies: ["SluiceSystem"]),
    .target(name: "SluiceWire", dependencies: ["CSimdjson"]),
    .target(name: "SluicePolicy"),
    .target(name: "SluiceCommandLine"),
    .target(
      name: "SluiceStore", dependencies: ["SluiceSystem", "CSQLite"],
      linkerSettings: [.linkedLibrary(":libsqlite3.a"), .linkedLibrary("m")]),
    // Floor 3.
    .target(
      name: "SluiceTransports",
      dependencies: ["SluiceSystem", "SluiceChannel", "SluiceReactor", "SluiceWire", "SluicePolicy", "CMicrohttpd"]),
    // Floor 4.
    .target(
      name: "SluiceServer",
      dependencies: [
        "SluiceSystem", "SluiceChannel", "SluiceReactor", "SluiceWire", "SluicePolicy", "SluiceStore",
        "SluiceTransports",
      ]),
    .target(
      name: "SluiceRelay",
      dependencies: [
        "SluiceSystem", "SluiceChannel", "SluiceReactor", "SluiceWire", "SluicePolicy", "SluiceStore",
        "SluiceTransports",
      ]),
    .target(name: "SluiceScan", dependencies: ["SluiceSystem", "SluiceChannel"]),
    // Floor 5.
    .target(
      name: "SluiceMigration",
      dependencies: [
        "SluiceSystem", "SluiceChannel", "SluiceWire", "SluicePolicy", "SluiceStore", "SluiceTransports",
        "SluiceServer",
        "SluiceRelay", "SluiceScan",
      ]),
    // Floor 6.
    .target(
      name: "SluiceCommands",
      dependencies: [
        "SluiceSystem", "SluiceChannel", "SluiceReactor", "SluiceWire", "SluicePolicy", "SluiceStore",
        "SluiceTransports", "SluiceCommandLine",
        "SluiceServer", "SluiceRelay", "SluiceMigration", "SluiceScan",
      ]),
    .executableTarget(name: "sluice", dependencies: ["SluiceCommands"]),
    // Tests, one target a floor; scenarios start the real binary.
    .target(name: "SluiceTestSupport", dependencies: ["SluiceSystem"], path: "Tests/SluiceTestSupport"),
    .testTarget(name: "SluiceSystemTests", dependencies: ["SluiceSystem", "SluiceTestSupport"]),
    .testTarget(name: "SluiceReactorTests", dependencies: ["SluiceReactor", "SluiceSystem", "SluiceTestSupport"]),
    .testTarget(name: "SluiceWireTests", dependencies: ["SluiceWire"]),
    .testTarget(name: "SluicePolicyTests", dependencies: ["SluicePolicy"]),
    .testTarget(name: "SluiceStoreTests", dependencies: ["SluiceStore", "SluiceSystem", "SluiceTestSupport"]),
    .testTarget(
      name: "SluiceTransportsTests",
      dependencies: [
        "SluiceTransports", "SluiceSystem", "SluiceChannel", "SluiceReactor", "SluiceWire", "SluicePolicy",
        "SluiceTestSupport",
      ]),
    .testTarget(name: "SluiceChannelTests", dependencies: ["SluiceChannel"]),
    .testTarget(name: "SluiceCommandLineTests", dependencies: ["SluiceCommandLine"]),
    .testTarget(
      name: "SluiceServerTests",
      dependencies: [
        "SluiceServer", "SluiceStore", "SluiceSystem", "SluiceChannel", "SluiceReactor", "SluiceWire", "SluicePolicy",
        "SluiceTestSupport",
      ]),
    .testTarget(
      name: "SluiceRelayTests",
      dependencies: [
        "SluiceRelay", "SluiceStore", "SluiceSystem", "SluiceChannel", "SluiceReactor", "SluiceTransports",
        "SluiceTestSupport",
      ]),
    .testTarget(
      name: "SluiceMigrationTests",
      dependencies: [
        "SluiceMigration", "SluiceServer", "SluiceStore", "SluiceSystem", "SluiceChannel", "SluiceTestSupport",
      ]),
    .testTarget(name: "SluiceScanTests", dependencies: ["SluiceScan", "SluiceSystem", "SluiceTestSupport"]),
    .testTarget(name: "SluiceCommandsTests", dependencies: ["SluiceCommands", "SluiceCommandLine", "SluiceChannel"]),
    .testTarget(
      name: "SluiceScenarioTests",
      dependencies: ["sluice", "EmbeddingExample", "SluiceSystem", "SluiceChannel", "SluiceTestSupport"]),
    // As a foreign package sees the libraries: nothing but what is public.
    .executableTarget(
      name: "EmbeddingExample", dependencies: ["SluiceServer", "SluiceTransports"], path: "Tests/EmbeddingExample",
      packageAccess: false),
  ]
)

// One loop of settings for every Swift target. Strict memory safety marks each unsafe construct in Sources; in Tests
// every C call would need the mark, which would hide more than it shows.
for target in package.targets where target.type != .system && !target.name.hasPrefix("C") {
  var settings = target.swiftSettings ?? []
  settings += [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
  ]
  // Places at which crash tests kill the process; a release build has none.
  settings.append(.define("SLUICE_STOP_POINTS", .when(configuration: .debug)))
  // A message passes five modules on its way; without this each call between them stays a call, generics stay generic.
  settings.append(.unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)))
  if target.type != .test { settings.append(.strictMemorySafety()) }  // SE-0458
  target.swiftSettings = settings
}
