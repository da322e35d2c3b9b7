import SluiceSystem
import SluiceTestSupport
import SluiceTransports
import Testing

@testable import SluiceTransports
import SluiceChannel

/// Who found the file at its path and opens it only when it was claimed, or taken and removed.
extension TransportTests.FileDrop {
  enum Late: String, CaseIterable, Sendable { case appended, rewritten, sameLength }

  /// A drop that was read, as a client has it open that had found it at its path; `unlinked` says whether it is gone.
  private func openLate(_ bench: TransportBench, unlinked: Bool) throws -> OwnedDescriptor {
    bench.sink.settling = .byHand
    try bench.open()
    try bench.shell("echo '\(Self.numbered(1))' > mcp_in.json")
    try bench.run { bench.sink.texts.count == 1 }
    let claims = try Directory.open(bench.claims)
    let file = try claims.open(try #require(try claims.names().first), .readWrite)
    bench.sink.settling = .inTheNextTurn
    if unlinked { try bench.run { try claims.names().isEmpty } }
    return file
  }

  private func write(_ late: Late, _ text: String, to file: borrowing OwnedDescriptor) throws {
    let line = Array("\(text)\n".utf8)
    switch late {
    case .appended: try file.writeAll(line, at: Int(try file.status().size))
    case .rewritten:
      try file.truncate(to: 0)
      try file.writeAll(line, at: 0)
    case .sameLength: try file.writeAll(line, at: 0)
    }
  }

  @Test(arguments: Late.allCases, [true, false])
  func whatIsWrittenAfterTheCopyIsAMessageOfItsOwn(_ late: Late, _ unlinked: Bool) throws {
    let bench = try TransportBench(.fileDrop)
    let file = try openLate(bench, unlinked: unlinked)
    try write(late, Self.numbered(2), to: file)
    try file.close()
    try bench.run { bench.sink.arrivals.count >= 2 }
    try bench.expect([Self.numbered(1), Self.numbered(2)])
    let ids = bench.sink.arrivals.compactMap(\.id)
    #expect(Set(ids.map { $0.dropLast(2) }).count == 2, "\(ids)")
  }

  /// A writer that stays is waited for, and a further one is heard.
  @Test func aLateWriterIsWaitedFor() throws {
    let bench = try TransportBench(.fileDrop)
    let file = try openLate(bench, unlinked: true)
    let other = try file.duplicate()
    let line = Array("\(Self.numbered(2))\n".utf8)
    try file.writeAll(line.prefix(10) + [], at: line.count)
    let end = Clock.monotonic + 1_300_000_000
    try bench.run { Clock.monotonic >= end }
    #expect(bench.sink.arrivals.count == 1)
    try other.writeAll(line.dropFirst(10) + [], at: line.count + 10)
    try file.close()
    try other.close()
    try bench.expect([Self.numbered(1), Self.numbered(2)])
  }

  /// The time alone says nothing, and an empty file is none.
  @Test func whatIsOnlyTouchedIsNoMessage() throws {
    let bench = try TransportBench(.fileDrop)
    let file = try openLate(bench, unlinked: true)
    let text = Array("\(Self.numbered(1))\n".utf8)
    try file.writeAll(text, at: 0)
    try file.close()
    let end = Clock.monotonic + 1_300_000_000
    try bench.run { Clock.monotonic >= end }
    #expect(bench.sink.texts == [Self.numbered(1)])
    let open = try Directory.open("/proc/self/fd")
    let paths = try open.names().map { String(decoding: open.linkTarget(of: $0) ?? [], as: UTF8.self) }
    #expect(!paths.contains { $0.contains("\(bench.claims)/") }, "\(paths)")
  }

  /// Nobody waits for the lease: a client that opens it meanwhile is let in at once.
  @Test func aLateOpenerIsNotKeptWaiting() throws {
    let bench = try TransportBench(.fileDrop)
    bench.sink.settling = .atOnce
    try bench.open()
    // The shell keeps a reader's descriptor and opens the same file again through it, when it is long gone.
    try bench.shell(
      """
      echo '\(Self.numbered(1))' > .draft; exec 7< .draft; mv .draft mcp_in.json
      while [ -e mcp_in.json ]; do :; done
      echo '\(Self.numbered(2))' >> /proc/self/fd/7
      """)
    try bench.expect([Self.numbered(1), Self.numbered(2)])
  }

  @Test(arguments: [
    ("", "a", "a"), ("a", "ab", "b"), ("ab", "ab", ""), ("ab", "a", "a"), ("ab", "xy", "xy"), ("ab", "", ""),
    ("ab", "xab", "xab"),
  ])
  func theRestOfAText(_ earlier: String, _ text: String, _ rest: String) {
    #expect(HeldClaim.rest(of: Array(text.utf8), after: Array(earlier.utf8)) == Array(rest.utf8))
  }
}
