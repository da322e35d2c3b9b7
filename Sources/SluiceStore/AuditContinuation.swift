/// The first line of a log file that goes on where another ended.
///
/// It is part of the file's first block, so the seal covers it. What it says of the ledger lets the log be compared with
/// the database when earlier files are gone.
package struct AuditContinuation: Equatable, Sendable {
  /// Where the file before this one begins.
  package let after: Int64
  /// Where this file begins: bytes of all files before it.
  package let position: Int64
  /// Number of the last record before this file.
  package let sequence: Int64
  /// Digest of the last seal before this file.
  package let previous: String
  /// What the records before this file add up to.
  package let account: [LedgerEntry]

  static let prefix = Array(#"{"continues":{"#.utf8)

  package init(after: Int64, position: Int64, sequence: Int64, previous: String, account: [LedgerEntry]) {
    self.after = after
    self.position = position
    self.sequence = sequence
    self.previous = previous
    self.account = account
  }

  /// The line, without its newline.
  package var text: String {
    let rows = account.map { row in
      let counts = [row.accepted, row.handled, row.failed, row.rejected, row.quarantined, row.canaries]
      return "\(row.route) \(row.generation) " + counts.map(String.init).joined(separator: " ")
    }
    return #"{"continues":{"after":\#(after),"position":\#(position),"seq":\#(sequence),"prev":"\#(previous)","#
      + #""account":"\#(rows.joined(separator: ";"))"}}"#
  }

  /// Reads a line, exactly as it is written; nil for anything else.
  package init?(_ line: ArraySlice<UInt8>) {
    guard line.starts(with: Self.prefix) else { return nil }
    let parts = String(decoding: line, as: UTF8.self).split(separator: "\"", omittingEmptySubsequences: false)
    func number(_ index: Int) -> Int64? { Int64(parts[index].dropFirst().dropLast()) }
    guard parts.count == 17, let after = number(4), let position = number(6), let sequence = number(8),
      parts[11].utf8.count == 64
    else { return nil }
    var rows: [LedgerEntry] = []
    for row in parts[15].split(separator: ";") {
      let fields = row.split(separator: " ")
      let numbers = fields.dropFirst().compactMap { Int64($0) }
      guard fields.count == 8, numbers.count == 7 else { return nil }
      var entry = LedgerEntry(route: String(fields[0]), generation: numbers[0])
      (entry.accepted, entry.handled, entry.failed) = (numbers[1], numbers[2], numbers[3])
      (entry.rejected, entry.quarantined, entry.canaries) = (numbers[4], numbers[5], numbers[6])
      rows.append(entry)
    }
    self.init(
      after: after, position: position, sequence: sequence, previous: String(parts[11]), account: rows)
    guard line.elementsEqual(text.utf8) else { return nil }
  }

  /// The name of a file of the log that is no longer written: it sorts by where the file begins.
  package static func fileName(_ name: String, from position: Int64) -> String {
    let digits = String(position, radix: 16)
    return "\(name).\(String(repeating: "0", count: max(0, 16 - digits.utf8.count)))\(digits)"
  }

  /// Where such a file begins; nil for a name that is none of ours.
  package static func position(of file: String, in name: String) -> Int64? {
    guard file.hasPrefix("\(name).") else { return nil }
    let digits = file.dropFirst(name.count + 1)
    guard digits.utf8.count == 16 else { return nil }
    return Int64(digits, radix: 16)
  }
}
