internal import SluiceCommandLine
internal import SluiceStore

/// Which records of a log are asked for.
struct RecordFilter {
  private let id: String?
  private let event: String?

  init(_ line: ParsedCommandLine) {
    id = line.value("id").map { "\"id\":\"\($0)" }
    event = line.value("event").map { "\"event\":\"\($0)\"" }
  }

  /// The record's text; nil for one that was not asked for, and for lines that are none.
  func text(of line: ArraySlice<UInt8>) -> String? {
    guard AuditLine.sequence(line) != nil else { return nil }
    let text = String(decoding: line, as: UTF8.self)
    // Records are written by us with fixed spelling, so the text says what the field says.
    guard id.map({ text.contains($0) }) ?? true, event.map({ text.contains($0) }) ?? true else { return nil }
    return text
  }
}
