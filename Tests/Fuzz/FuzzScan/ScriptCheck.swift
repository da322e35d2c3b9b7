import SluiceScan

enum ScriptCheck {
  static func check(_ bytes: [UInt8]) {
    var text = ScriptText(naming: ["/tmp/mcp_in.json", "mcp_in.json"])
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let mentions = text.mentions(in: bytes)
    precondition(mentions.count <= ScriptText.limit)
    for mention in mentions {
      precondition((1...lines.count).contains(mention.line))
      // By bytes: what follows a name may make one character with its end.
      let line = lines[mention.line - 1]
      precondition(line.indices.contains { line[$0...].starts(with: mention.name.utf8) }, "the line does not name it")
      precondition(mention.text.utf8.count <= 3 * 160, "longer than the 160 bytes that are shown")
    }
  }

  /// A word for a shell is one line, and every quote in it is closed.
  static func check(word text: String) {
    let quoted = ShellWord.quoted(text)
    precondition(quoted.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }, "a control byte reaches the terminal")
    guard quoted.hasPrefix("$'") else { return }
    var isEscaped = false
    for byte in quoted.utf8.dropFirst(2).dropLast() {
      precondition(isEscaped || byte != UInt8(ascii: "'"), "\(quoted) ends early")
      isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
    }
    precondition(!isEscaped && quoted.hasSuffix("'"))
  }
}
