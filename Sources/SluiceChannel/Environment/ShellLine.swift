/// One logical line of a shell's file: quotes and backslashes can carry it over several lines of text.
struct ShellLine {
  /// The number of its first line of text, from 1.
  let number: Int
  /// Without the comment at its end and without white space around it.
  let text: Substring

  /// The lines that hold more than a comment.
  static func split(_ string: String) throws(EnvironmentError) -> [ShellLine] {
    let scalars = string.unicodeScalars
    var lines: [ShellLine] = []
    var number = 1
    var firstNumber = 1
    var start = scalars.startIndex
    var contentEnd: String.Index?
    var quote: (scalar: Unicode.Scalar, line: Int)?
    var escaped = false
    var previous: Unicode.Scalar = " "
    for index in scalars.indices {
      let scalar = scalars[index]
      if scalar == "\n", quote == nil, !escaped {
        lines.append(ShellLine(firstNumber, Substring(scalars[start..<(contentEnd ?? index)])))
        start = scalars.index(after: index)
        firstNumber = number + 1
        contentEnd = nil
      } else if contentEnd != nil {
        // Within a comment nothing counts but its end.
      } else if escaped {
        escaped = false
      } else if scalar == "\\", quote?.scalar != "'" {
        escaped = true
      } else if let open = quote {
        if scalar == open.scalar { quote = nil }
      } else if scalar == "\"" || scalar == "'" {
        quote = (scalar, number)
      } else if scalar == "#", previous.properties.isWhitespace {
        contentEnd = index
      }
      if scalar == "\n" { number += 1 }
      previous = scalar
    }
    if let quote {
      throw EnvironmentError(problems: [
        EnvironmentProblem(line: quote.line, text: "the quote that opens on this line is never closed")
      ])
    }
    lines.append(ShellLine(firstNumber, Substring(scalars[start..<(contentEnd ?? scalars.endIndex)])))
    return lines.filter { !$0.text.isEmpty }
  }

  private init(_ number: Int, _ text: Substring) {
    self.number = number
    self.text = text.trimmed
  }

  /// Name and written value of a `NAME=value` or `export NAME=value` line.
  var assignment: (name: String, written: Substring)? {
    var rest = text
    if rest.utf8.starts(with: "export".utf8) {
      let after = rest.unicodeScalars.dropFirst(6)
      if after.first == " " || after.first == "\t" { rest = Substring(after).trimmed }
    }
    guard let equals = rest.utf8.firstIndex(of: 0x3D) else { return nil }
    let name = rest[..<equals]
    guard let first = name.utf8.first, !(0x30...0x39).contains(first), name.utf8.allSatisfy(\.isNameByte) else {
      return nil
    }
    return (String(name), Substring(rest.utf8[equals...].dropFirst()))
  }

  /// A variable of ours that this line sets other than by being its assignment: `: ${X:=1}`, `A=1 X=2`, `X+=3`.
  var hiddenAssignment: String? {
    let bytes = Array(text.utf8)
    for variable in EnvironmentVariable.allCases.map(\.rawValue) {
      let name = Array(variable.utf8)
      guard bytes.count > name.count else { continue }
      for start in 0..<(bytes.count - name.count) where bytes[start..<(start + name.count)].elementsEqual(name) {
        if start > 0, bytes[start - 1].isNameByte { continue }
        switch bytes[(start + name.count)...].prefix(2) {
        case let next where next.first == 0x3D: return variable  // =
        case [0x3A, 0x3D], [0x2B, 0x3D]: return variable  // := and +=
        default: continue
        }
      }
    }
    return nil
  }

  func problem(_ variable: String, _ text: String) -> EnvironmentError {
    EnvironmentError(problems: [EnvironmentProblem(line: number, variable: variable, text: text)])
  }
}

extension UInt8 {
  /// May stand in a variable's name.
  fileprivate var isNameByte: Bool {
    switch self {
    case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, 0x5F: true
    default: false
    }
  }
}

extension Substring {
  /// Without white space at both ends, the CR of a CRLF included.
  fileprivate var trimmed: Substring {
    let scalars = unicodeScalars.drop { $0.properties.isWhitespace }
    guard let last = scalars.lastIndex(where: { !$0.properties.isWhitespace }) else { return "" }
    return Substring(scalars[...last])
  }
}
