/// The value of an assignment as a shell would see it, where it needs no evaluation to know.
enum ShellValue {
  /// What `written` (what stands after `=`) means; refuses what only a shell could say.
  static func literal(_ written: Substring) throws(TextProblem) -> String {
    let scalars = written.unicodeScalars
    let value: String
    switch scalars.first {
    case "'": value = try singleQuoted(scalars.dropFirst())
    case "\"": value = try doubleQuoted(scalars.dropFirst())
    default: value = try unquoted(scalars)
    }
    guard !value.unicodeScalars.contains(where: \.isControl) else {
      throw TextProblem("the value contains a control character")
    }
    return value
  }

  private static func singleQuoted(_ scalars: Substring.UnicodeScalarView) throws(TextProblem) -> String {
    guard let end = scalars.firstIndex(of: "'"), scalars.index(after: end) == scalars.endIndex else {
      throw TextProblem("quotes must stand around the whole value")
    }
    return String(Substring(scalars[..<end]))
  }

  private static func doubleQuoted(_ scalars: Substring.UnicodeScalarView) throws(TextProblem) -> String {
    var value = String.UnicodeScalarView()
    var index = scalars.startIndex
    while index < scalars.endIndex {
      let scalar = scalars[index]
      scalars.formIndex(after: &index)
      switch scalar {
      case "\"":
        guard index == scalars.endIndex else { throw TextProblem("quotes must stand around the whole value") }
        return String(value)
      case "$", "`": throw evaluated(scalar)
      case "\\" where index < scalars.endIndex && "$`\"\\".unicodeScalars.contains(scalars[index]):
        value.append(scalars[index])
        scalars.formIndex(after: &index)
      default: value.append(scalar)
      }
    }
    throw TextProblem("the closing quote is missing")
  }

  private static func unquoted(_ scalars: Substring.UnicodeScalarView) throws(TextProblem) -> String {
    var value = String.UnicodeScalarView()
    var escaped = false
    for scalar in scalars {
      if escaped {
        value.append(scalar)
        escaped = false
        continue
      }
      switch scalar {
      case "\\": escaped = true
      case "$", "`": throw evaluated(scalar)
      case "~" where value.isEmpty: throw evaluated(scalar)
      case ";", "&", "|", "<", ">", "(", ")", "'", "\"":
        throw TextProblem("'\(scalar)' in a value needs quotes around the whole value")
      case _ where scalar.properties.isWhitespace:
        throw TextProblem("white space in a value needs quotes around the whole value")
      default: value.append(scalar)
      }
    }
    guard !escaped else { throw TextProblem("the value ends in a backslash") }
    return String(value)
  }

  private static func evaluated(_ scalar: Unicode.Scalar) -> TextProblem {
    TextProblem("only a shell could say what '\(scalar)' stands for, and none is run; write the plain value")
  }
}
