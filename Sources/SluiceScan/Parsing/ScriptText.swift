/// Finds the lines of a script that name one of the paths, also by variables that the script sets to them.
package struct ScriptText: Sendable {
  /// A line that names a path.
  package struct Mention: Sendable, Equatable {
    /// From 1.
    package let line: Int
    package let use: ScriptUse
    /// The path or the variable by which it is named.
    package let name: String
    /// The line, cut to 160 bytes.
    package let text: String
  }

  /// No script is reported with more lines than this.
  package static let limit = 200

  private var needles: [[UInt8]]

  package init(naming names: [String]) { needles = names.filter { !$0.isEmpty }.map { Array($0.utf8) } }

  /// Whether the bytes are text: a program's or a picture's are not.
  package static func isText(_ bytes: [UInt8]) -> Bool { !bytes.prefix(8192).contains(0) }

  package mutating func mentions(in bytes: [UInt8]) -> [Mention] {
    guard needles.contains(where: { Self.find($0, in: bytes, from: 0) != nil }) else { return [] }
    var mentions: [Mention] = []
    for (index, slice) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      let line = Array(slice.last == 0x0D ? slice.dropLast() : slice)
      guard let first = line.first(where: { $0 != 0x20 && $0 != 0x09 }), first != UInt8(ascii: "#") else { continue }
      guard let (range, name) = match(line) else { continue }
      let use = ScriptLine(line, at: range).use
      if use == .names { learn(line, range) }
      mentions.append(
        Mention(
          line: index + 1, use: use, name: name,
          text: String(decoding: line.prefix(160).drop { $0 <= 0x20 }, as: UTF8.self)))
      if mentions.count == Self.limit { break }
    }
    return mentions
  }

  /// The first place where a whole name stands; of names at one place, the longest.
  private func match(_ line: [UInt8]) -> (Range<Int>, String)? {
    var best: Range<Int>?
    for needle in needles {
      var start = 0
      while let place = Self.find(needle, in: line, from: start) {
        let range = place..<place + needle.count
        if Self.isWhole(line, range) {
          if let found = best, (found.lowerBound, -found.count) <= (range.lowerBound, -range.count) { break }
          best = range
          break
        }
        start = place + 1
      }
    }
    return best.map { ($0, String(decoding: line[$0], as: UTF8.self)) }
  }

  /// `INPUT=/tmp/mcp_in.json` makes INPUT a name of the path for the rest of the script.
  private mutating func learn(_ line: [UInt8], _ range: Range<Int>) {
    var head = range.lowerBound
    while head > 0, line[head - 1] != UInt8(ascii: "=") {
      guard "\"'${}:- /._abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8.contains(line[head - 1])
      else { return }
      head -= 1
    }
    guard head > 0 else { return }
    var end = head - 1
    while end > 0, line[end - 1] == 0x20 { end -= 1 }
    var start = end
    while start > 0, Self.isWordByte(line[start - 1]) { start -= 1 }
    let name = Array(line[start..<end])
    // One letter would match everywhere; a few names are enough for any script.
    guard name.count > 1, !needles.contains(name), needles.count < 32 else { return }
    needles.append(name)
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte == 95
  }

  /// Not a part of a longer name.
  private static func isWhole(_ line: [UInt8], _ range: Range<Int>) -> Bool {
    if range.lowerBound > 0, isWordByte(line[range.lowerBound]), isWordByte(line[range.lowerBound - 1]) { return false }
    guard range.upperBound < line.count else { return true }
    let next = line[range.upperBound]
    if isWordByte(next) || next == UInt8(ascii: "-") { return false }
    // A dot may end a sentence; before more of a name it is a part of it, such as "mcp_in.json.new".
    return next != UInt8(ascii: ".") || range.upperBound + 1 >= line.count || !isWordByte(line[range.upperBound + 1])
  }

  private static func find(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard let first = needle.first, bytes.count >= needle.count + start else { return nil }
    let last = bytes.count - needle.count
    var index = start
    while index <= last {
      if bytes[index] == first, bytes[index..<index + needle.count].elementsEqual(needle) { return index }
      index += 1
    }
    return nil
  }
}
