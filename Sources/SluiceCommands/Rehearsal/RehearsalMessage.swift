/// A numbered message of a rehearsal. Its label stands at its beginning and at its end, so that what two writers mixed is
/// told from a whole one.
enum RehearsalMessage {
  static func text(_ label: String, size: Int) -> String {
    let bare = #"{"method":"rehearse","params":{"label":"\#(label)","pad":"","end":"\#(label)"}}"#
    let padding = String(repeating: "x", count: max(0, min(size, 1 << 20) - bare.utf8.count))
    return #"{"method":"rehearse","params":{"label":"\#(label)","pad":"\#(padding)","end":"\#(label)"}}"#
  }

  enum Found: Equatable {
    case whole(String)
    /// Pieces of several messages, or of one.
    case mixed
  }

  /// What a line holds.
  static func read(_ line: Substring) -> Found {
    guard let label = value("label", in: line), let end = value("end", in: line), label == end,
      line.hasPrefix(#"{"method":"rehearse","params":{"label":"#), line.hasSuffix("}}")
    else { return .mixed }
    return .whole(String(label))
  }

  private static func value(_ key: String, in line: Substring) -> Substring? {
    let start = "\"\(key)\":\""
    guard let range = line.firstRange(of: start) else { return nil }
    let rest = line[range.upperBound...]
    return rest.firstIndex(of: "\"").map { rest[..<$0] }
  }

  /// The lines of a file that holds such messages.
  static func read(_ bytes: [UInt8]) -> [Found] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(read)
  }
}
