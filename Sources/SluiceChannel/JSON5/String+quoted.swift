extension String {
  /// The text in single quotes, fit for one line of a terminal or log.
  ///
  /// What comes from a file may be hostile: control and invisible formatting scalars are shown as `\u{1B}`, and long
  /// text is cut.
  package var quoted: String {
    var shown = ""
    for (count, scalar) in unicodeScalars.enumerated() {
      guard count < 64 else {
        shown += "…"
        break
      }
      if scalar.isControl || scalar.properties.generalCategory == .format {
        shown += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return "'\(shown)'"
  }
}
