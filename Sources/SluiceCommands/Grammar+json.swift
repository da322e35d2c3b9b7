internal import SluiceCommandLine

extension Grammar {
  /// `sluice help json`: what `--json` writes.
  static let json = HelpTopic(
    "json", summary: "What commands write with --json.",
    text: """
      With --json a command writes one JSON object on one line to standard output, and nothing else there. Its member \
      "format" is 1; it will be another number when a member goes or changes its meaning. New members may come without \
      that: pass over what you do not know. A command that fails writes its sentence to standard error, nothing to \
      standard output, and ends with its exit code; where a result and a code go together (lint, plan, status, verify, \
      audit verify, rehearse), both are there. Questions are never asked with it: give --yes. status --watch writes an \
      object for each change.

      Numbers are whole. Times are RFC 3339 in UTC, phases and routes have their names (file-drop, run-file, fifo, \
      socket, retired). audit show and audit tail write the log's own records, a JSON object a line.

      MEMBERS OF EACH COMMAND'S OBJECT, those with "?" not always

      \(JSONShape.all.map(line).joined(separator: "\n"))
      """)

  private static func line(_ shape: JSONShape) -> String {
    "  \(TerminalText.padded(shape.command, to: 16))  \(shape.keys.joined(separator: ", "))"
  }
}
