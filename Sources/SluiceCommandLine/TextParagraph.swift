/// Lines that belong together, and how they are broken anew where they do not fit.
struct TextParagraph {
  /// Less room than this behind an indentation is no column.
  private static let narrowest = 20

  private enum Shape {
    /// Filled in any case.
    case prose
    /// `TERM   meaning`, or lines with an indentation.
    case hanging
    /// An example in braces, over as many lines as it takes.
    case code
  }
  private let shape: Shape
  private let indent: Int
  /// Where lines behind the first one begin.
  private let margin: Int
  private let term: Substring
  private var written: [Substring] = []
  private var words: [Substring] = []

  /// Begins with a line; nil for an empty one.
  init?(_ line: Substring) {
    let body = line.drop { $0 == " " }
    guard !body.isEmpty else { return nil }
    indent = line.utf8.count - body.utf8.count
    written = [line]
    if body.first == "{" {
      shape = .code
      term = ""
      margin = indent + 4
      words = body.split(separator: " ")
    } else if let gap = Self.gap(in: body) {
      shape = .hanging
      term = body[..<gap.lowerBound]
      margin = indent + body[..<gap.upperBound].utf8.count
      words = body[gap.upperBound...].split(separator: " ")
    } else {
      shape = indent > 0 || body.hasPrefix("- ") ? .hanging : .prose
      term = ""
      margin = indent + (body.hasPrefix("- ") ? 2 : 0)
      words = body.split(separator: " ")
    }
  }

  /// Two spaces or more between a term and its meaning.
  private static func gap(in body: Substring) -> Range<Substring.Index>? {
    var index = body.startIndex
    while let space = body[index...].firstIndex(of: " ") {
      let end = body[space...].firstIndex { $0 != " " } ?? body.endIndex
      if body.distance(from: space, to: end) > 1 { return space..<end }
      index = end
    }
    return nil
  }

  /// Takes the next line where it belongs to this paragraph.
  mutating func take(_ line: Substring) -> Bool {
    let body = line.drop { $0 == " " }
    guard !body.isEmpty else { return false }
    let indent = line.utf8.count - body.utf8.count
    let isMine =
      switch shape {
      case .prose: indent == 0 && body.first != "{" && !body.hasPrefix("- ") && Self.gap(in: body) == nil
      case .hanging: indent == margin && body.first != "{" && !body.hasPrefix("- ") && Self.gap(in: body) == nil
      case .code: words.last?.last != "}" && indent > self.indent
      }
    guard isMine else { return false }
    written.append(line)
    words += body.split(separator: " ")
    return true
  }

  func lines(width: Int) -> [String] {
    let fits = written.allSatisfy { TerminalText.width(String($0)) <= width }
    if shape != .prose, fits { return written.map(String.init) }
    var margin = margin
    var first = String(repeating: " ", count: indent)
    if !term.isEmpty { first += TerminalText.padded(String(term), to: margin - indent) }
    if width - margin < Self.narrowest { margin = min(margin, indent + 2) }
    // The first line's own part is a piece of it, so that what follows is filled behind it.
    let pieces = words.map(String.init)
    let room = max(1, width - margin)
    let firstRoom = max(1, width - TerminalText.width(first))
    var rest = pieces[...]
    var head: [String] = []
    var used = 0
    while let word = rest.first, used == 0 || used + 1 + TerminalText.width(word) <= firstRoom {
      used += (used == 0 ? 0 : 1) + TerminalText.width(word)
      head.append(word)
      rest.removeFirst()
    }
    let blank = String(repeating: " ", count: margin)
    return [first + head.joined(separator: " ")]
      + TextWrapping.fill(Array(rest), width: room).map { blank + $0 }
  }
}
