import SluiceSystem

/// Files by their paths.
enum Files {
  private static func split(_ path: String) -> (String, String) {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    return (String(path[..<slash]), String(path[path.index(after: slash)...]))
  }

  static func status(_ path: String) throws -> FileStatus? {
    let (parent, name) = split(path)
    do { return try Directory.open(parent).status(of: name) } catch {
      if error == .noSuchFile { return nil }
      throw error
    }
  }

  static func exists(_ path: String) throws -> Bool { try status(path) != nil }

  /// The text of a file, empty where it does not exist.
  static func text(_ path: String) throws -> String {
    let (parent, name) = split(path)
    return String(decoding: try Directory.open(parent).contents(of: name, limit: 1 << 28) ?? [], as: UTF8.self)
  }

  static func lines(_ path: String) throws -> [String] {
    try text(path).split(separator: "\n").map(String.init)
  }

  static func write(_ path: String, _ text: String, mode: UInt32 = 0o644) throws {
    let (parent, name) = split(path)
    let directory = try Directory.open(parent)
    try directory.replaceFile(name, with: Array(text.utf8), mode: mode)
    try directory.setMode(of: name, mode)
  }

  static func names(_ path: String) throws -> [String] { try Directory.open(path).names().sorted() }

  static func remove(_ path: String) throws {
    let (parent, name) = split(path)
    try Directory.open(parent).unlinkIfPresent(name)
  }
}
