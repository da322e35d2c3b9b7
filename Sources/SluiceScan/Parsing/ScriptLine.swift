/// A line of a shell or Python script that names a path: what it does with it, as far as the words around it tell.
///
/// This reads words, it does not run a shell: what it cannot tell is `names`, and a person looks at the line.
package struct ScriptLine: Sendable {
  private let before: [UInt8]
  private let after: [UInt8]

  /// - Parameter range: where the path stands in the line.
  package init(_ line: [UInt8], at range: Range<Int>) {
    before = Array(line[..<range.lowerBound])
    after = Array(line[range.upperBound...])
  }

  package var use: ScriptUse {
    if let call = callUse { return call }
    let head = wordStart
    if let redirection = Self.redirection(before[..<head]) { return redirection }
    if head < before.count, before[head...].contains(UInt8(ascii: "=")) { return assignmentUse(head) }
    return commandUse(head)
  }

  /// `dd of=PATH`, `dd if=PATH`; anything else with "=" gives the path a name.
  private func assignmentUse(_ head: Int) -> ScriptUse {
    if before[head...].starts(with: "of=".utf8) { return .writes }
    return before[head...].starts(with: "if=".utf8) ? .reads : .names
  }

  /// Where the word that holds the path begins.
  private var wordStart: Int {
    var index = before.count
    while index > 0, !" \t<>|;&()`".utf8.contains(before[index - 1]) { index -= 1 }
    return index
  }

  /// What a redirection right before the word does (bash(1), REDIRECTION).
  private static func redirection(_ text: ArraySlice<UInt8>) -> ScriptUse? {
    var text = text
    while let last = text.last, last == 0x20 || last == 0x09 { text.removeLast() }
    if text.last == UInt8(ascii: "|"), text.dropLast().last == UInt8(ascii: ">") { return .writes }
    if text.last == UInt8(ascii: ">") { return text.dropLast().last == UInt8(ascii: ">") ? .appends : .writes }
    // "<<" and "<<<" are text, not files.
    if text.last == UInt8(ascii: "<"), text.dropLast().last != UInt8(ascii: "<") { return .reads }
    return nil
  }

  /// What the simple command does that the word is an argument of.
  private func commandUse(_ head: Int) -> ScriptUse {
    let start = before[..<head].lastIndex { ";|&(`{".utf8.contains($0) }.map { $0 + 1 } ?? 0
    let words = Self.words(before[start..<head])
    guard let index = words.firstIndex(where: { !Self.isPrefix($0) }) else { return .names }
    let command = words[index].split(separator: "/").last.map(String.init) ?? words[index]
    let options = words[(index + 1)...]
    let isLast = !Self.words(after[...].prefix { !";|&)`>".utf8.contains($0) }.drop { $0 != 0x20 }).contains {
      !$0.hasPrefix("-")
    }
    switch command {
    case "tee": return options.contains { $0 == "-a" || $0 == "--append" } ? .appends : .writes
    case "rm", "unlink", "shred": return .deletes
    case "mv", "rename": return isLast && options.contains { !$0.hasPrefix("-") } ? .writes : .moves
    case "cp", "install", "ln", "rsync", "scp":
      return isLast && options.contains { !$0.hasPrefix("-") } ? .writes : .reads
    case "touch", "mkfifo", "truncate", "sponge", "mktemp": return .writes
    case "cat", "head", "tail", "grep", "jq", "wc", "source", ".", "less", "awk", "sed", "stat", "test", "[", "[[",
      "ls",
      "read", "diff", "cmp", "sha256sum", "file":
      return .reads
    case "inotifywait", "inotifywatch", "incrond", "fswatch", "entr": return .watches
    default: return .names
    }
  }

  private static func words(_ text: ArraySlice<UInt8>) -> [String] {
    text.split { $0 == 0x20 || $0 == 0x09 }.map { String(decoding: $0, as: UTF8.self) }
  }

  /// Words that stand before a command and are none.
  private static func isPrefix(_ word: String) -> Bool {
    if let equals = word.firstIndex(of: "="), equals != word.startIndex { return true }
    return [
      "if", "then", "else", "elif", "while", "until", "do", "!", "sudo", "exec", "command", "nohup", "time", "-n",
      "env",
      "[", "[[", "RUN", "-",
    ].contains(word) && word != "[" && word != "[["
  }

  /// Calls of Python and its like: the name before the parenthesis, and open's mode.
  private var callUse: ScriptUse? {
    guard let open = before.lastIndex(of: UInt8(ascii: "(")), open > 0 else { return nil }
    let between = before[(open + 1)...]
    guard between.allSatisfy({ "\"' rfbu".utf8.contains($0) }) else { return nil }
    let name = before[..<open].reversed().prefix {
      ($0 >= 97 && $0 <= 122) || ($0 >= 65 && $0 <= 90) || ($0 >= 48 && $0 <= 57) || "_.".utf8.contains($0)
    }
    let call = String(decoding: Array(name.reversed()), as: UTF8.self)
    let end = call.split(separator: ".").last.map(String.init) ?? ""
    switch end {
    case "open", "Path": return Self.mode(after)
    case "remove", "unlink", "unlinkSync": return .deletes
    case "rename", "replace", "move", "renameSync": return .moves
    case "writeFile", "writeFileSync": return .writes
    case "appendFile", "appendFileSync": return .appends
    case "readFile", "readFileSync", "exists", "stat", "isfile", "getsize": return .reads
    default: return nil
    }
  }

  /// The mode of `open(PATH, "MODE")`, or what is called on `Path(PATH)`.
  private static func mode(_ after: [UInt8]) -> ScriptUse {
    let text = String(decoding: after.prefix(80), as: UTF8.self)
    for (word, use) in [
      (".write_", ScriptUse.writes), (".unlink", .deletes), (".rename", .moves), (".replace", .moves),
      (".read_", .reads),
    ] where text.contains(word) { return use }
    let quotes = text.split(separator: ",", maxSplits: 1)
    guard quotes.count == 2 else { return .reads }
    let mode = quotes[1].prefix { $0 != ")" }.filter { $0.isLetter || $0 == "+" }
    if mode.contains("a") && !mode.contains("mode") { return .appends }
    return mode.contains("w") || mode.contains("x") || mode.contains("+") ? .writes : .reads
  }
}
