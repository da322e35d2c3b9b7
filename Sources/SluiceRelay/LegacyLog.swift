internal import SluiceSystem

/// The old server's log, for those who still read it: a line for each drop, in the words that old tests look for
/// (`error` for a malformed one, the method for another). Nothing that a message says is written as it is.
final class LegacyLog {
  private let path: String
  private let noticed: (String) -> Void
  private var isComplained = false

  init(path: String, noticed: @escaping (String) -> Void) {
    self.path = path
    self.noticed = noticed
  }

  func received(method: String) { write("INFO", "received \(Self.plain(method))") }
  func malformed(_ path: String) { write("ERROR", "error: malformed message in \(path)") }

  private static func plain(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.prefix(64).filter { $0.value > 0x20 && $0.value < 0x7f && $0 != "\\" && $0 != "\"" }))
  }

  private func write(_ level: String, _ text: String) {
    guard let slash = path.lastIndex(of: "/") else { return }
    do throws(Errno) {
      let directory = try Directory.open(slash == path.startIndex ? "/" : String(path[..<slash]))
      let file = try directory.open(String(path[path.index(after: slash)...]), .appendCreating(mode: 0o644))
      let status = try file.status()
      guard status.kind == .regular, status.links == 1 else { throw Errno.invalid }
      let time = String(Timestamp.now.description.prefix(19))
      try file.writeAll(Array("[\(time)] [\(level)] \(text)\n".utf8))
      isComplained = false
    } catch {
      if !isComplained { noticed("cannot write the old server's log \(path): \(error)") }
      isComplained = true
    }
  }
}
