/// One thing that is wrong with a channel file or a manifest, and where.
package struct ChannelProblem: Hashable, Sendable {
  /// The keys that lead to the value, such as `limits.rate` or `handler.command[0]`; empty for the whole text.
  package let keyPath: String
  package let position: TextPosition
  /// One line, safe to print, without path and place.
  package let text: String

  package var line: Int { position.line }
  package var column: Int { position.column }

  package init(keyPath: String, position: TextPosition, text: String) {
    self.keyPath = keyPath
    self.position = position
    self.text = text
  }

  /// `FILE:LINE:COLUMN: KEYPATH: text`, which editors can follow; without a key path where there is none.
  package func line(in fileName: String) -> String {
    "\(fileName):\(line):\(column): \(keyPath.isEmpty ? "" : "\(keyPath): ")\(text)"
  }
}
