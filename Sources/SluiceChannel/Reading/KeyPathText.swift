/// Writes key paths: `limits.rate`, `handler.command[0]`, and `objects['a key with spaces']`.
enum KeyPathText {
  /// `path` and one key below it; a key that is no plain word is quoted and escaped.
  static func appending(_ key: String, to path: String) -> String {
    let plain =
      !key.isEmpty && key.utf8.count <= 64
      && key.utf8.allSatisfy { byte in
        switch byte {
        case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, 0x5F, 0x2D: true
        default: false
        }
      }
    guard plain else { return "\(path)[\(key.quoted)]" }
    return path.isEmpty ? key : "\(path).\(key)"
  }

  /// `path` and one element of the array there.
  static func appending(_ index: Int, to path: String) -> String { "\(path)[\(index)]" }
}
