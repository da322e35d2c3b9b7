/// Text from outside as one word of a shell command that somebody may paste.
package enum ShellWord {
  package static func quoted(_ text: String) -> String {
    let plain = text.utf8.allSatisfy {
      ($0 >= 48 && $0 <= 57) || ($0 >= 65 && $0 <= 90) || ($0 >= 97 && $0 <= 122) || "/._-+:@%,".utf8.contains($0)
    }
    if plain, !text.isEmpty, !text.hasPrefix("-") { return text }
    if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return ansi(text) }
    return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  /// `$'...'` of bash, which takes control bytes as escapes.
  private static func ansi(_ text: String) -> String {
    var result = "$'"
    for scalar in text.unicodeScalars {
      switch scalar {
      case "'", "\\": result += "\\\(scalar)"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        result += "\\x" + (digits.count < 2 ? "0" : "") + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "'"
  }
}
