package import SluiceSystem

/// Going on in a new file, and letting go of the oldest.
extension AuditLog {
  /// A file that is let go of, for the record that says so.
  package struct Surplus: Sendable {
    package let name: String
    /// Where it begins and ends.
    package let position: Int64
    package let end: Int64
    /// Its last record.
    package let sequence: Int64
    /// Of its last seal.
    package let digest: String
  }

  /// How the record begins that a file was let go of, behind its number and time.
  package static let droppedEvent: StaticString = "log-dropped"

  /// Bytes in the file that is written.
  package var fileLength: Int64 { position - base }

  /// Seals, and goes on in a new file. After a kill at any moment the next writer finds one or the other.
  /// - Parameter account: what all records so far add up to.
  package func rotate(account: [LedgerEntry]) throws(Errno) {
    try seal()
    guard fileLength > 0 else { return }
    let next = AuditContinuation(
      after: base, position: position, sequence: sequence, previous: previous, account: account)
    let draft = Self.draftName(name)
    try directory.unlinkIfPresent(draft)
    let file = try directory.open(draft, .createNew(mode: mode))
    try file.setMode(mode)
    if let owner { try file.setOwner(uid: owner.uid, gid: owner.gid) }
    let line = Array(next.text.utf8) + [UInt8(ascii: "\n")]
    try file.writeAll(line)
    StopPoint.logDrafted.pass()
    try directory.rename(name, to: AuditContinuation.fileName(name, from: base))
    StopPoint.logMoved.pass()
    do throws(Errno) { try directory.rename(draft, to: name) } catch {
      try? directory.rename(AuditContinuation.fileName(name, from: base), to: name)
      throw error
    }
    StopPoint.logRotated.pass()
    begin(file, next, line)
  }

  static func draftName(_ name: String) -> String { "\(name).next" }

  /// What a writer that was killed in between has left.
  static func finishRotation(_ name: String, in directory: borrowing Directory) throws(Errno) {
    let draft = draftName(name)
    guard try directory.status(of: draft) != nil else { return }
    if try directory.status(of: name) == nil {
      try directory.rename(draft, to: name)
    } else {
      try directory.unlink(draft)
    }
  }

  /// The oldest files, of which more than `most` are there.
  package func surplus(keeping most: Int) throws(Errno) -> [Surplus] {
    let names = try directory.names().filter { AuditContinuation.position(of: $0, in: name) != nil }.sorted()
    guard names.count > most else { return [] }
    var found: [Surplus] = []
    for (index, file) in names.enumerated().prefix(names.count - most) {
      let next = try AuditFiles.File(file, directory.open(index + 1 < names.count ? names[index + 1] : name, .read))
      guard let continuation = next.continuation, let start = AuditContinuation.position(of: file, in: name) else {
        continue
      }
      found.append(
        Surplus(
          name: file, position: start, end: continuation.position, sequence: continuation.sequence,
          digest: continuation.previous))
    }
    return found
  }

  /// Lets go of a file, once its record is written.
  package func drop(_ surplus: Surplus) throws(Errno) {
    try flush()
    StopPoint.logDropping.pass()
    try directory.unlinkIfPresent(surplus.name)
  }

  /// Where the file began that a record says was let go of; nil for any other line.
  static func droppedPosition(_ line: ArraySlice<UInt8>) -> Int64? {
    var rest = line.prefix(128)
    while let quote = rest.firstIndex(of: UInt8(ascii: "\"")) {
      if line[quote...].starts(with: droppedMark) {
        let members = String(decoding: line[quote...], as: UTF8.self).split(separator: "\"position\":")
        return members.count == 2 ? Int64(members[1].prefix { $0.isNumber }) : nil
      }
      rest = rest[(quote + 1)...]
    }
    return nil
  }

  private static let droppedMark = Array("\"event\":\"\(droppedEvent)\"".utf8)
}
