import SluiceStore
import SluiceSystem
import SluiceTestSupport
import Testing

/// The chained log: what a writer leaves, and what a verifier finds.
@Suite struct AuditLogTests {
  private static func record(_ log: AuditLog, _ text: String = "x") -> [UInt8] {
    Array(#"{"seq":\#(log.nextSequence()),"text":"\#(text)"}"#.utf8)
  }

  private static func open(_ root: TemporaryDirectory) throws -> AuditLog {
    try AuditLog(in: root.directory(), name: "audit.jsonl", mode: 0o640)
  }

  private static func append(_ log: AuditLog, _ count: Int, _ text: String = "x") throws {
    for _ in 0..<count { try log.append(record(log, text)) }
  }

  private static func verify(_ root: TemporaryDirectory, _ name: String = "audit.jsonl") throws -> AuditVerifier.Report
  {
    var report = try AuditVerifier.verify(try root.directory().open(name, .read))
    report.lastDigest = AuditVerifier.Report().lastDigest
    report.lastSequence = 0
    return report
  }

  private static func report(_ records: Int, seals: Int, unsealed: Int = 0, in root: TemporaryDirectory) throws
    -> AuditVerifier.Report
  {
    var report = AuditVerifier.Report()
    report.records = records
    report.seals = seals
    report.bytes = try root.read("audit.jsonl")?.count ?? -1
    report.unsealed = unsealed
    return report
  }

  @Test func recordsAreWrittenSealedAndVerified() throws {
    let root = try TemporaryDirectory()
    let log = try Self.open(root)
    #expect(!log.hasUnsealed)
    try log.seal()
    #expect(try root.read("audit.jsonl")?.isEmpty == true)
    try Self.append(log, 3)
    #expect(log.hasUnsealed)
    #expect(log.position == 3 * 21)
    #expect(try root.read("audit.jsonl")?.isEmpty == true)
    try log.flush()
    #expect(try root.read("audit.jsonl")?.count == 3 * 21)
    #expect(try Self.verify(root) == Self.report(3, seals: 0, unsealed: 3, in: root))
    try log.seal()
    #expect(!log.hasUnsealed)
    try Self.append(log, 2)
    try log.seal()
    try Self.append(log, 1)
    try log.flush()
    try log.synchronize()
    #expect(try Self.verify(root) == Self.report(6, seals: 2, unsealed: 1, in: root))
    #expect(try root.directory().status(of: "audit.jsonl")?.mode == 0o640)
    #expect(try root.directory().status(of: "audit.jsonl.pending")?.mode == 0o600)
  }

  /// (sealed records, unsealed records written out, records in the mapping only)
  @Test(
    arguments: [(0, 0, 0), (0, 0, 2), (0, 2, 0), (2, 0, 0), (2, 0, 3), (2, 3, 0), (2, 3, 4), (5000, 5000, 5000)])
  func anotherWriterGoesOn(_ sealed: Int, _ flushed: Int, _ mapped: Int) throws {
    let root = try TemporaryDirectory()
    do {
      let log = try Self.open(root)
      try Self.append(log, sealed)
      try log.seal()
      try Self.append(log, flushed)
      try log.flush()
      try Self.append(log, mapped)
      // Nothing more: the writer is gone as if it had been killed.
    }
    let log = try Self.open(root)
    #expect(log.sequence == Int64(sealed + flushed + mapped))
    #expect(log.hasUnsealed == (flushed + mapped > 0))
    #expect(log.position == Int64(try root.read("audit.jsonl")?.count ?? -1))
    try Self.append(log, 1)
    try log.seal()
    let seals = sealed > 0 ? 2 : 1
    #expect(try Self.verify(root) == Self.report(sealed + flushed + mapped + 1, seals: seals, in: root))
  }

  @Test func aBatchThatWasWrittenOutButIsStillInTheMappingIsNotRepeated() throws {
    let root = try TemporaryDirectory()
    let log = try Self.open(root)
    try Self.append(log, 2)
    try log.seal()
    try Self.append(log, 3)
    // What a killed writer leaves between the write and the new header: the old mapping with the new log.
    let pending = try #require(try root.read("audit.jsonl.pending"))
    try log.flush()
    let bytes = try #require(try root.read("audit.jsonl"))
    let other = try TemporaryDirectory()
    try other.directory().replaceFile("audit.jsonl.pending", with: pending, mode: 0o600)
    try other.directory().replaceFile("audit.jsonl", with: bytes, mode: 0o640)
    let next = try Self.open(other)
    #expect(next.sequence == 5)
    try next.seal()
    #expect(try other.read("audit.jsonl")?.prefix(bytes.count) == bytes[...])
    #expect(try Self.verify(other) == Self.report(5, seals: 2, in: other))
  }

  @Test(arguments: [#"{"seq":4,"te"#, #"{"seal":{"records":3,"prev":"00"#, "x", "\0\0\0\0"])
  func aTornLastLineIsCutOff(_ torn: String) throws {
    let root = try TemporaryDirectory()
    do {
      let log = try Self.open(root)
      try Self.append(log, 2)
      try log.seal()
      try Self.append(log, 1)
      try log.flush()
    }
    let whole = try #require(try root.read("audit.jsonl"))
    try root.directory().open("audit.jsonl", .append).writeAll(Array(torn.utf8))
    var expected = try Self.report(3, seals: 1, unsealed: 1, in: root)
    expected.bytes = whole.count
    expected.torn = torn.utf8.count
    #expect(try Self.verify(root) == expected)
    let log = try Self.open(root)
    #expect(try root.read("audit.jsonl") == whole)
    #expect(log.sequence == 3)
    try Self.append(log, 1)
    try log.seal()
    #expect(try Self.verify(root) == Self.report(4, seals: 2, in: root))
  }

  @Test func recordsLargerThanTheMappingKeepTheirPlace() throws {
    let root = try TemporaryDirectory()
    let large = String(repeating: "l", count: 3 << 20)
    do {
      let log = try Self.open(root)
      try Self.append(log, 2)
      try Self.append(log, 1, large)
      try Self.append(log, 2)
      try log.seal()
      try Self.append(log, 1, large)
      try Self.append(log, 1)
    }
    let log = try Self.open(root)
    #expect(log.sequence == 7)
    try log.seal()
    #expect(try Self.verify(root) == Self.report(7, seals: 2, in: root))
  }

  @Test func moreThanTheMappingHoldsIsWrittenOutOnTheWay() throws {
    let root = try TemporaryDirectory()
    let log = try Self.open(root)
    let text = String(repeating: "t", count: 1000)
    try Self.append(log, 3000, text)
    try log.seal()
    #expect(try Self.verify(root) == Self.report(3000, seals: 1, in: root))
  }

  /// Every byte of the sealed part, changed once each.
  /// A limit on the file's size is a full disk that needs no right to make; in a process of its own, which it is set for.
  @Test func aFullDiskCostsNoRecordAndNoSeal() async {
    await #expect(processExitsWith: .success) {
      SignalReceiver.ignoreHarmless()
      let root = try TemporaryDirectory()
      let log = try AuditLogTests.open(root)
      try AuditLogTests.append(log, 3)
      try log.flush()
      // Room for a part of the seal line, which must not stay behind.
      try FileSizeLimit.set(log.position + 10)
      for _ in 0..<2 { #expect(throws: Errno(rawValue: 27)) { try log.seal() } }
      #expect(try root.read("audit.jsonl")?.count == Int(log.position))
      // Records go on being stored in the mapping, but cannot be written out.
      try AuditLogTests.append(log, 2)
      #expect(throws: Errno(rawValue: 27)) { try log.flush() }
      #expect(throws: Errno(rawValue: 27)) { try log.append([UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)) }
      _ = log.nextSequence()
      #expect(try AuditLogTests.verify(root) == AuditLogTests.report(3, seals: 0, unsealed: 3, in: root))
      try FileSizeLimit.set(nil)
      try log.seal()
      try AuditLogTests.append(log, 1)
      try log.seal()
      #expect(try AuditLogTests.verify(root).fault == nil)
      #expect(try AuditLogTests.verify(root).seals == 2)
    }
  }

  @Test func anyChangedByteIsFound() throws {
    let root = try TemporaryDirectory()
    let log = try Self.open(root)
    for _ in 0..<3 {
      try Self.append(log, 2)
      try log.seal()
    }
    let sealed = try #require(try root.read("audit.jsonl"))
    try Self.append(log, 2)
    try log.flush()
    let longer = try #require(try root.read("audit.jsonl"))
    let directory = try root.directory()
    for bytes in [sealed, longer] {
      for index in 0..<sealed.count {
        for mask in [0x01, 0x20, 0x80] as [UInt8] {
          var changed = bytes
          changed[index] ^= mask
          try directory.replaceFile("changed", with: changed, mode: 0o600)
          let fault = try Self.verify(root, "changed").fault
          #expect(fault != nil, "byte \(index) of \(bytes.count), bits \(mask)")
          guard fault != nil else { return }
        }
      }
    }
  }

  @Test func aLineThatIsMissingOrOutOfItsPlaceIsFound() throws {
    let root = try TemporaryDirectory()
    let log = try Self.open(root)
    for _ in 0..<3 {
      try Self.append(log, 3)
      try log.seal()
    }
    let bytes = try #require(try root.read("audit.jsonl"))
    let lines = bytes.split(separator: UInt8(ascii: "\n"))
    #expect(lines.count == 12)
    func fault(_ lines: [ArraySlice<UInt8>]) throws -> String? {
      let text = lines.flatMap { $0 + [UInt8(ascii: "\n")] }
      try root.directory().replaceFile("changed", with: text, mode: 0o600)
      return try Self.verify(root, "changed").fault
    }
    #expect(try fault(lines) == nil)
    for index in lines.indices {
      var fewer = lines
      fewer.remove(at: index)
      // The last seal may be gone: then its records are unsealed, which the report says.
      if index < lines.count - 1 { #expect(try fault(fewer) != nil, "without line \(index + 1)") }
      var twice = lines
      twice.insert(lines[index], at: index)
      #expect(try fault(twice) != nil, "line \(index + 1) twice")
      for other in lines.indices where other > index {
        var swapped = lines
        swapped.swapAt(index, other)
        #expect(try fault(swapped) != nil, "lines \(index + 1) and \(other + 1)")
      }
    }
    // A whole block taken out of the middle or the front.
    #expect(try fault(Array(lines[4...])) != nil)
    #expect(try fault(Array(lines[..<4] + lines[8...])) != nil)
  }

  @Test(arguments: [
    #"{"seq":9223372036854775807,"x":1}"#, #"{"seq":99999999999999999999,"x":1}"#, #"{"seq":,}"#, "", "{}",
  ])
  func strangeLinesDoNotTrap(_ line: String) throws {
    let root = try TemporaryDirectory()
    try root.write("audit.jsonl", "\(line)\n\(line)\n")
    #expect(try Self.verify(root).fault != nil)
  }

  @Test func aPendingFileOfNoWriterIsIgnored() throws {
    let root = try TemporaryDirectory()
    for pending in [[], [1, 2, 3], [UInt8](repeating: 0xff, count: 1 << 20)] {
      try root.directory().replaceFile("audit.jsonl.pending", with: pending, mode: 0o600)
      let log = try Self.open(root)
      #expect(log.position == 0 && log.sequence == 0)
    }
  }
}
