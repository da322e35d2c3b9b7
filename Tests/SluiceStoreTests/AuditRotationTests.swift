import SluiceStore
import SluiceSystem
import SluiceTestSupport
import Testing

/// A log that goes on in new files.
@Suite struct AuditRotationTests {
  private static let name = "audit.jsonl"

  private static func open(_ root: TemporaryDirectory) throws -> AuditLog {
    try AuditLog(in: root.directory(), name: name, mode: 0o640)
  }

  private static func append(_ log: AuditLog, _ count: Int) throws {
    for _ in 0..<count { try log.append(Array(#"{"seq":\#(log.nextSequence()),"text":"x"}"#.utf8)) }
  }

  private static func row(_ count: Int64) -> LedgerEntry {
    var entry = LedgerEntry(route: "file-drop", generation: 3)
    entry.accepted = count
    entry.handled = count
    return entry
  }

  private static func files(_ root: TemporaryDirectory) throws -> AuditFiles {
    try AuditFiles(in: root.directory(), name: name)
  }

  @Test func theChainGoesOnAcrossFiles() throws {
    let root = try TemporaryDirectory()
    var log = try Self.open(root)
    for round in 1...4 {
      try Self.append(log, 10)
      let before = log.position
      try log.rotate(account: [Self.row(Int64(round * 10))])
      #expect(log.position > before && log.fileLength < 400)
      // A writer that starts anew finds the same place.
      if round == 2 { log = try Self.open(root) }
    }
    try Self.append(log, 5)
    try log.seal()
    let files = try Self.files(root)
    let report = try files.verify()
    #expect(report.fault == nil && report.records == 45 && report.files == 5 && report.lastSequence == 45, "\(report)")
    #expect(try files.end() == log.position)
    #expect(files.files.last?.continuation?.account == [Self.row(40)])
    #expect(try root.names() == files.files.map(\.name).sorted() + ["audit.jsonl.pending"])
    #expect(try root.directory().status(of: Self.name)?.mode == 0o640)
    // Lines and their places are those of one long log.
    var sequences: [Int64] = []
    var last: Int64 = 0
    try files.forEachLine { line, place in
      if let sequence = AuditLine.sequence(line) { sequences.append(sequence) }
      last = place
      return true
    }
    #expect(sequences == Array(1...45) && last == log.position)
    let middle = try #require(files.files.dropFirst(2).first?.position)
    sequences = []
    try files.forEachLine(from: middle) { line, _ in
      if let sequence = AuditLine.sequence(line) { sequences.append(sequence) }
      return true
    }
    #expect(sequences == Array(21...45))
  }

  @Test func whatIsLetGoOfIsOnRecordAndNothingElseMayBeMissing() throws {
    let root = try TemporaryDirectory()
    let log = try Self.open(root)
    for _ in 0..<4 {
      try Self.append(log, 10)
      try log.rotate(account: [])
    }
    let surplus = try log.surplus(keeping: 2)
    #expect(surplus.map(\.position).count == 2 && surplus.map(\.sequence) == [10, 20])
    for file in surplus {
      let text = #"{"seq":\#(log.nextSequence()),"time":"t","event":"log-dropped","position":\#(file.position)}"#
      try log.append(Array(text.utf8))
      try log.drop(file)
    }
    try log.seal()
    let report = try Self.files(root).verify()
    #expect(report.fault == nil && report.records == 22 && report.files == 3, "\(report)")
    // One more goes, without a word.
    let gone = try #require(try Self.files(root).files.first?.name)
    try root.directory().unlink(gone)
    #expect(try Self.files(root).verify().fault?.contains("is missing, and no record says") == true)
  }

  @Test func aChangedOrMissingFileIsFound() throws {
    for damage in 0..<3 {
      let root = try TemporaryDirectory()
      let log = try Self.open(root)
      for _ in 0..<3 {
        try Self.append(log, 10)
        try log.rotate(account: [])
      }
      let names = try Self.files(root).files.map(\.name)
      switch damage {
      case 0: try root.directory().unlink(names[1])
      case 1:
        var bytes = try #require(try root.read(names[1]))
        bytes[bytes.count - 200] ^= 1
        try root.directory().replaceFile(names[1], with: bytes, mode: 0o640)
      default:
        // The first line of a file says something else.
        var text = String(decoding: try #require(try root.read(names[2])), as: UTF8.self)
        text = text.split(separator: #""seq":20,"prev""#, omittingEmptySubsequences: false)
          .joined(separator: #""seq":21,"prev""#)
        try root.directory().replaceFile(names[2], with: Array(text.utf8), mode: 0o640)
      }
      #expect(try Self.files(root).verify().fault != nil, "damage \(damage)")
    }
  }

  /// Killed after the draft, after the first rename, after the second: the next writer goes on with one chain.
  @Test(arguments: ["drafted", "moved", "rotated"]) func aKillInBetween(_ moment: String) throws {
    let root = try TemporaryDirectory()
    var log = try Self.open(root)
    try Self.append(log, 10)
    try log.seal()
    let other = try TemporaryDirectory()
    let place = try other.directory()
    try place.replaceFile(Self.name, with: try #require(try root.read(Self.name)), mode: 0o640)
    let pending = "\(Self.name).pending"
    try place.replaceFile(pending, with: try #require(try root.read(pending)), mode: 0o600)
    try log.rotate(account: [Self.row(10)])
    let next = try #require(try root.read(Self.name))
    let old = AuditContinuation.fileName(Self.name, from: 0)
    switch moment {
    case "drafted": try place.replaceFile("\(Self.name).next", with: Array(next.dropLast(20)), mode: 0o640)
    case "moved":
      try place.rename(Self.name, to: old)
      try place.replaceFile("\(Self.name).next", with: next, mode: 0o640)
    default:
      try place.rename(Self.name, to: old)
      try place.replaceFile(Self.name, with: next, mode: 0o640)
    }
    log = try Self.open(other)
    try Self.append(log, 10)
    try log.rotate(account: [Self.row(20)])
    try Self.append(log, 1)
    try log.seal()
    let report = try Self.files(other).verify()
    #expect(report.fault == nil && report.records == 21, "\(moment): \(report)")
    #expect(report.files == (moment == "drafted" ? 2 : 3))
  }

  @Test func aContinuationIsReadAsItIsWritten() throws {
    let line = AuditContinuation(
      after: 0, position: 12, sequence: 3, previous: AuditLog.firstPrevious, account: [Self.row(1), Self.row(2)])
    #expect(AuditContinuation(Array(line.text.utf8)[...]) == line)
    let none = AuditContinuation(after: 5, position: 12, sequence: 3, previous: AuditLog.firstPrevious, account: [])
    #expect(AuditContinuation(Array(none.text.utf8)[...]) == none)
    #expect(AuditContinuation(Array((none.text + " ").utf8)[...]) == nil)
    #expect(AuditContinuation.position(of: AuditContinuation.fileName("a", from: 4096), in: "a") == 4096)
    #expect(AuditContinuation.position(of: "a.pending", in: "a") == nil)
  }
}
