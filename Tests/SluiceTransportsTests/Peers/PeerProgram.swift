import SluiceSystem
import SluiceTestSupport
import Testing

/// Copies of a small program (Tests/Programs/peer.c), each a file of its own with a digest of its own.
enum PeerProgram {
  static let source = #filePath.replacing(
    "SluiceTransportsTests/Peers/PeerProgram.swift", with: "Programs/peer.c")
  /// In a directory that every user may search.
  private static let home = try? TemporaryDirectory(mode: 0o755)
  private static let built: String? = {
    guard let home else { return nil }
    return try? run("/usr/bin/cc", ["-o", "\(home.path)/peer", source]) == 0 ? "\(home.path)/peer" : nil
  }()
  static var isAvailable: Bool { built != nil }
  static let reason = "needs a C compiler (cc)"

  static func run(_ path: String, _ arguments: [String]) throws -> Int32 {
    let child = try ChildProcess.start(
      ProgramStart(path: path, arguments: [path] + arguments, environment: ["PATH=/usr/bin:/bin"]))
    defer { child.endAndReap() }
    _ = try Wait.ready(child.pidfd, before: Deadline(seconds: 60).nanoseconds)
    return try ChildProcess.reap(child.pid) ?? -1
  }

  /// Its bytes with some more behind them, which changes what it is and not what it does.
  static func install(_ name: String, in root: TemporaryDirectory, more: String = "") throws -> String {
    let bytes = try bytes(of: try #require(built))
    return try install(bytes + Array(more.utf8), name, in: root)
  }

  private static func install(_ bytes: [UInt8], _ name: String, in root: TemporaryDirectory) throws -> String {
    let path = "\(root.path)/\(name)"
    let slash = try #require(path.lastIndex(of: "/"))
    let directory = try Directory.open(String(path[..<slash]))
    let last = String(path[path.index(after: slash)...])
    try directory.replaceFile(last, with: bytes, mode: 0o755)
    try directory.setMode(of: last, 0o755)
    return path
  }

  private static func bytes(of path: String) throws -> [UInt8] {
    let slash = try #require(path.lastIndex(of: "/"))
    let directory = try Directory.open(String(path[..<slash]))
    return try #require(try directory.contents(of: String(path[path.index(after: slash)...]), limit: 1 << 28))
  }

  static func digest(_ path: String) throws -> String { Digest.sha256(try bytes(of: path)) }
}
