import SluiceSystem
import SluiceTestSupport
import Testing

@testable import SluiceStore

@Suite struct AuditFollowerTests {
  private func add(_ log: AuditLog, _ count: Int) throws {
    for _ in 0..<count { try log.append(Array(#"{"seq":\#(log.nextSequence()),"event":"x"}"#.utf8)) }
    try log.flush()
  }

  private func new(_ follower: AuditFollower, _ change: AuditFollower.Change = .none) throws -> [Int64] {
    var seen: [Int64] = []
    #expect(
      try follower.advance { line in
        seen.append(AuditLine.sequence(line) ?? -1)
        return true
      } == change)
    return seen
  }

  @Test func eachRecordOnceAcrossFiles() throws {
    let root = try TemporaryDirectory()
    let log = try AuditLog(in: root.directory(), name: "audit.jsonl", mode: 0o600)
    try add(log, 3)
    let follower = AuditFollower(in: try root.directory(), name: "audit.jsonl", after: 1)
    #expect(try new(follower) == [2, 3])
    #expect(try new(follower).isEmpty)
    try add(log, 1)
    // Several files between two looks.
    for _ in 0..<3 {
      try add(log, 2)
      try log.rotate(account: [])
    }
    try add(log, 1)
    #expect(try new(follower) == [4, 5, 6, 7, 8, 9, 10, 11])
    try log.seal()
    #expect(try new(follower).isEmpty)
    // Put back: the same records under the name again.
    try root.directory().unlink("audit.jsonl")
    #expect(try new(follower, .gone).isEmpty)
    #expect(try new(follower).isEmpty)
    try add(log, 1)
    // It was written to the file that had lost its name.
    #expect(try new(follower) == [12])
    _ = try log.putBack(at: 1)
    try add(log, 1)
    #expect(try new(follower, .replaced) == [13])
    #expect(try new(follower).isEmpty)
  }

  @Test func aShorterOneIsReadAnew() throws {
    let root = try TemporaryDirectory()
    let log = try AuditLog(in: root.directory(), name: "audit.jsonl", mode: 0o600)
    try add(log, 5)
    let follower = AuditFollower(in: try root.directory(), name: "audit.jsonl", after: 0)
    #expect(try new(follower) == [1, 2, 3, 4, 5])
    try root.directory().open("audit.jsonl", .readWrite).truncate(to: 0)
    #expect(try new(follower, .replaced).isEmpty)
    let file = try root.directory().open("audit.jsonl", .readWrite)
    try file.writeAll(Array("{\"seq\":5,\"a\":1}\n{\"seq\":6,\"a\":1}\n{\"se".utf8), at: 0)
    #expect(try new(follower) == [6])
    #expect(try new(follower).isEmpty)
  }

  /// A file that has nothing to do with the log must not keep the log's own records from being seen.
  @Test func numbersOfAnotherFileAreForgotten() throws {
    let root = try TemporaryDirectory()
    let log = try AuditLog(in: root.directory(), name: "audit.jsonl", mode: 0o600)
    try add(log, 5)
    let follower = AuditFollower(in: try root.directory(), name: "audit.jsonl", after: 0)
    #expect(try new(follower) == [1, 2, 3, 4, 5])
    for number: Int64 in [999, 9999] {
      try root.directory().replaceFile("audit.jsonl", with: Array("{\"seq\":\(number),\"a\":1}\n".utf8), mode: 0o600)
      #expect(try new(follower, .replaced) == [number])
    }
    try add(log, 1)
    _ = try log.putBack(at: 1)
    try add(log, 1)
    #expect(try new(follower, .replaced) == [6, 7])
    try add(log, 1)
    try log.rotate(account: [])
    try add(log, 1)
    #expect(try new(follower) == [8, 9])
  }

  @Test func itStopsWhereItIsTold() throws {
    let root = try TemporaryDirectory()
    let log = try AuditLog(in: root.directory(), name: "audit.jsonl", mode: 0o600)
    try add(log, 5)
    let follower = AuditFollower(in: try root.directory(), name: "audit.jsonl", after: 0)
    var seen = 0
    _ = try follower.advance { _ in
      seen += 1
      return seen < 2
    }
    #expect(seen == 2 && follower.last == 2)
    #expect(try new(follower) == [3, 4, 5])
  }
}
