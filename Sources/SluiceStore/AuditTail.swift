internal import SluiceSystem

/// The end of an audit log: its last seal and what came after it.
struct AuditTail {
  /// Behind the last whole line; bytes after it are a torn line of a power cut.
  var end = 0
  /// Bytes of the files before this one.
  var base: Int64 = 0
  var previous = AuditLog.firstPrevious
  var sequence: Int64 = 0
  var unsealedRecords = 0
  var unsealedBytes: [UInt8] = []

  private static let chunk = 1 << 16

  static func read(_ file: borrowing OwnedDescriptor, end: Int) throws(Errno) -> AuditTail {
    var tail = AuditTail()
    var bytes: [UInt8] = []
    var start = end
    var seal: Range<Int>?
    var span = chunk
    // Backwards until a seal line is found, or the beginning; twice as much each time, since all is looked through again.
    while start > 0, seal == nil {
      let from = max(0, start - span)
      span *= 2
      bytes = try read(file, from, start) + bytes
      start = from
      seal = lastSeal(in: bytes, startsAtLine: start == 0)
    }
    let continuation = try Self.continuation(file)
    if let continuation {
      tail.base = continuation.position
      tail.previous = continuation.previous
      tail.sequence = continuation.sequence
    }
    guard let lastNewline = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return tail }
    tail.end = start + lastNewline + 1
    if let seal {
      tail.previous = AuditLine.seal(bytes[seal])?.digest ?? AuditLog.firstPrevious
      tail.unsealedBytes = Array(bytes[(seal.upperBound + 1)..<(lastNewline + 1)])
      tail.sequence = try max(tail.sequence, lastSequence(file, before: start + seal.lowerBound))
    } else {
      tail.unsealedBytes = Array(bytes[...lastNewline])
    }
    for line in tail.unsealedBytes.split(separator: UInt8(ascii: "\n")) {
      if line.starts(with: AuditContinuation.prefix) { continue }
      tail.unsealedRecords += 1
      tail.sequence = AuditLine.sequence(line) ?? tail.sequence
    }
    return tail
  }

  /// Its first line, where that says from which file it goes on.
  static func continuation(_ file: borrowing OwnedDescriptor) throws(Errno) -> AuditContinuation? {
    var found: AuditContinuation?
    _ = try AuditVerifier.forEachLine(file) { line in
      found = AuditContinuation(line)
      return false
    }
    return found
  }

  private static func read(_ file: borrowing OwnedDescriptor, _ from: Int, _ to: Int) throws(Errno) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: to - from)
    var done = 0
    while done < buffer.count {
      let count = try file.read(into: &buffer, from: done, at: from + done)
      if count == 0 { break }
      done += count
    }
    return Array(buffer[0..<done])
  }

  /// The range of the last whole seal line, without its newline.
  private static func lastSeal(in bytes: [UInt8], startsAtLine: Bool) -> Range<Int>? {
    var end = bytes.lastIndex(of: UInt8(ascii: "\n"))
    while let lineEnd = end {
      let before = bytes[..<lineEnd].lastIndex(of: UInt8(ascii: "\n"))
      guard before != nil || startsAtLine else { return nil }
      let line = (before.map { $0 + 1 } ?? 0)..<lineEnd
      if AuditLine.seal(bytes[line]) != nil { return line }
      end = before
    }
    return nil
  }

  /// The number of the last record before a place that is the beginning of a seal line.
  private static func lastSequence(_ file: borrowing OwnedDescriptor, before place: Int) throws(Errno) -> Int64 {
    var span = chunk
    while true {
      let from = max(0, place - span)
      let bytes = try read(file, from, place)
      for line in bytes.split(separator: UInt8(ascii: "\n")).reversed() {
        if let sequence = AuditLine.sequence(line) { return sequence }
      }
      if from == 0 { return 0 }
      span *= 2
    }
  }
}

/// The two kinds of lines of an audit log, told apart by how they begin.
package enum AuditLine {
  package struct Seal: Equatable, Sendable {
    package let records: Int
    package let previous: String
    package let digest: String

    /// The line, without its newline.
    package var text: String { #"{"seal":{"records":\#(records),"prev":"\#(previous)","sha256":"\#(digest)"}}"# }
  }

  /// How every seal line begins, and no part of any record does.
  package static let sealPrefix = Array(#"{"seal":{"records":"#.utf8)

  /// A seal line, exactly as it is written; nil for anything else.
  package static func seal(_ line: ArraySlice<UInt8>) -> Seal? {
    guard line.starts(with: sealPrefix) else { return nil }
    let parts = String(decoding: line, as: UTF8.self).split(separator: "\"", omittingEmptySubsequences: false)
    // {"seal":{"records":N,"prev":"P","sha256":"D"}}
    guard parts.count == 13, parts[7].utf8.count == 64, parts[11].utf8.count == 64,
      let records = Int(parts[4].dropFirst().dropLast())
    else { return nil }
    let seal = Seal(records: records, previous: String(parts[7]), digest: String(parts[11]))
    // Every byte counts, those between the values too.
    return line.elementsEqual(seal.text.utf8) ? seal : nil
  }

  /// The number of a record line, which begins `{"seq":N,`.
  package static func sequence(_ line: ArraySlice<UInt8>) -> Int64? {
    let prefix = Array(#"{"seq":"#.utf8)
    guard line.starts(with: prefix) else { return nil }
    let digits = line.dropFirst(prefix.count).prefix { $0 >= 48 && $0 <= 57 }
    return Int64(String(decoding: digits, as: UTF8.self))
  }
}
