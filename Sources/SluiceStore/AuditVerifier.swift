package import SluiceSystem

/// Checks the chain of an audit log, in one pass over its bytes.
package struct AuditVerifier {
  package struct Report: Equatable, Sendable {
    package var records = 0
    package var seals = 0
    package var bytes = 0
    /// Records behind the last seal: not wrong, not proven yet.
    package var unsealed = 0
    /// Bytes behind the last newline: a line that a power cut tore, or that is being written right now.
    package var torn = 0
    /// The first line that breaks the chain, and how.
    package var fault: String?
    /// Of the last seal, or what it goes on from.
    package var lastDigest = AuditLog.firstPrevious
    /// Number of the last record, or of the one that it goes on from.
    package var lastSequence: Int64 = 0
    /// Files that were read.
    package var files = 1

    package init() {}
  }

  /// - Parameter seen: called with each record.
  package static func verify(
    _ file: borrowing OwnedDescriptor, seen: (ArraySlice<UInt8>) -> Void = { _ in }
  ) throws(Errno) -> Report {
    var report = Report()
    let continuation = try AuditTail.continuation(file)
    var previous = continuation?.previous ?? AuditLog.firstPrevious
    report.lastDigest = previous
    report.lastSequence = continuation?.sequence ?? 0
    let digest = Digest()
    digest.update(Array(previous.utf8))
    var expected: Int64? = continuation.map { $0.sequence &+ 1 }
    var line = 0
    var lastSealEnd = 0
    let rest = try forEachLine(file) { bytes in
      line += 1
      report.bytes += bytes.count + 1
      if line == 1, continuation != nil {
        digest.update(Array(bytes))
        digest.update([UInt8(ascii: "\n")])
        return true
      }
      if let sequence = AuditLine.sequence(bytes) {
        if let expected, sequence != expected {
          report.fault = "line \(line): record \(sequence) follows where \(expected) is due"
          return false
        }
        expected = sequence &+ 1
        seen(bytes)
        report.lastSequence = sequence
        report.records += 1
        report.unsealed += 1
        digest.update(Array(bytes))
        digest.update([UInt8(ascii: "\n")])
        return true
      }
      guard let seal = AuditLine.seal(bytes) else {
        report.fault = "line \(line): neither a record nor a seal"
        return false
      }
      let sum = digest.finish()
      guard seal.previous == previous, seal.digest == sum, seal.records == report.unsealed else {
        report.fault = "line \(line): the seal does not match the \(report.unsealed) records before it"
        return false
      }
      previous = sum
      digest.update(Array(previous.utf8))
      report.lastDigest = sum
      report.seals += 1
      report.unsealed = 0
      lastSealEnd = report.bytes
      return true
    }
    report.torn = rest.count
    if report.fault == nil, try hidesSeal(file, from: lastSealEnd, rest: rest) {
      report.fault = "line \(line + (rest.isEmpty ? 0 : 1)): the newline before or behind the last seal was changed"
    }
    return report
  }

  /// Whether a seal stands behind the last one that was recognised. It would not be missed: with a newline beside it
  /// gone, the records before it look as if they only waited for theirs.
  private static func hidesSeal(_ file: borrowing OwnedDescriptor, from start: Int, rest: ArraySlice<UInt8>)
    throws(Errno) -> Bool
  {
    if AuditLine.seal(rest.dropLast()) != nil || contains(rest, AuditLine.sealPrefix, behind: 1) { return true }
    var isHidden = false
    try forEachLine(file, from: start) { line in
      isHidden = contains(line, AuditLine.sealPrefix, behind: 1)
      return !isHidden
    }
    return isHidden
  }

  /// Whether `pattern` stands in the bytes at this place or later.
  private static func contains(_ bytes: ArraySlice<UInt8>, _ pattern: [UInt8], behind skipped: Int) -> Bool {
    var rest = bytes.dropFirst(skipped)
    while let start = rest.firstIndex(of: pattern[0]) {
      rest = rest[start...]
      if rest.starts(with: pattern) { return true }
      rest = rest.dropFirst()
    }
    return false
  }

  /// Calls `body` with each line until it answers false; a last line without newline is not given but returned.
  @discardableResult
  package static func forEachLine(
    _ file: borrowing OwnedDescriptor, from start: Int = 0, _ body: (ArraySlice<UInt8>) -> Bool
  ) throws(Errno) -> ArraySlice<UInt8> {
    // No more than there is to read: most reads of a log begin near its end.
    let size = Int(clamping: try file.status().size)
    var buffer = [UInt8](repeating: 0, count: min(1 << 18, max(1 << 12, size - start)))
    var held = 0
    var offset = start
    while true {
      if held == buffer.count { buffer += [UInt8](repeating: 0, count: buffer.count) }
      let count = try file.read(into: &buffer, from: held, at: offset)
      if count == 0 { return buffer[..<held] }
      offset += count
      let end = held + count
      var lineStart = 0
      while let newline = buffer[lineStart..<end].firstIndex(of: UInt8(ascii: "\n")) {
        guard body(buffer[lineStart..<newline]) else { return [] }
        lineStart = newline + 1
      }
      held = end - lineStart
      buffer.replaceSubrange(0..<held, with: Array(buffer[lineStart..<end]))
    }
  }
}
