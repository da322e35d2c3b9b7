import Glibc
import SluiceChannel
import SluicePolicy
import SluiceSystem
import SluiceTestSupport
import SluiceTransports
import SluiceWire
import Testing

/// Claims that wait: of an earlier process, held back, or while the sink has no room.
extension TransportTests.FileDrop {
  @Test("1, Crash 51: claims of an earlier process are found, what is foreign among them is left")
  func claimsOfAnEarlierProcessAreFound() throws {
    let bench = try TransportBench(.fileDrop)
    try bench.root.makeDirectory("drop/.claims-test")
    try bench.root.makeDirectory("drop/.claims-test/claims")
    let names = ["c0000000000000001-0123456789abcdef", "c0000000000000003-0123456789abcdef"]
    try bench.root.write("drop/.claims-test/claims/\(names[1])", Self.numbered(3))
    try bench.root.write("drop/.claims-test/claims/\(names[0])", Self.numbered(1))
    try bench.root.write("drop/.claims-test/claims/b0000000000000002-0123456789abcdef", "bad")
    try bench.root.write("drop/.claims-test/claims/stranger", "x")
    try bench.open()
    try bench.run { bench.sink.arrivals.count == 3 && bench.receiver?.isIdle == true }
    #expect(bench.sink.arrivals.map(\.text) == [Self.numbered(1), "bad", Self.numbered(3)])
    #expect(try Directory.open(bench.claims).names() == ["stranger"])
  }

  @Test("Crash 47: a claim is retired only when its file is gone") func aClaimIsRetiredOnlyWhenItsFileIsGone() throws {
    let bench = try TransportBench(.fileDrop, settling: .byHand)
    try bench.root.write("drop/mcp_in.json", "{\"method\":\"a\"}\n{\"method\":\"b\"}\n")
    try bench.open()
    try bench.run { bench.sink.unsettled.count == 2 }
    let name = try #require(bench.sink.arrivals.first?.id?.dropLast(2)).description
    let claims = try Directory.open(bench.claims)
    bench.sink.settleFirst()
    #expect(try receiver(bench).holds(claim: name))
    // Something that unlink(2) refuses stands in its place for a while.
    try claims.unlink(name)
    try claims.makeDirectory(name, mode: 0o700)
    bench.sink.settleFirst()
    #expect(try receiver(bench).holds(claim: name))
    #expect(bench.book.retired == [])
    #expect(bench.sink.notices.count == 1)
    try claims.removeDirectory(name)
    try bench.run { bench.book.retired == [name] }
    #expect(try !receiver(bench).holds(claim: name))
    #expect(bench.sink.notices.count == 1)
  }

  @Test func aClaimThatVanishesIsRetired() throws {
    let bench = try TransportBench(.fileDrop)
    let drop = try Directory.open(bench.drop)
    let writer = try drop.open("mcp_in.json", .createNew(mode: 0o644))
    try bench.open()
    let claims = try Directory.open(bench.claims)
    try bench.run { try !claims.names().isEmpty }
    let name = try #require(try claims.names().first)
    try bench.run { try receiver(bench).holds(claim: name) }
    try claims.unlink(name)
    try bench.run { bench.book.retired == [name] }
    #expect(bench.sink.arrivals.isEmpty)
    try writer.close()
  }

  @Test func heldDropsStayInTheirSlot() throws {
    let bench = try TransportBench(.fileDrop)
    try bench.open()
    try bench.send(Self.numbered(1))
    try bench.expect([Self.numbered(1)])
    try receiver(bench).hold(true)
    // One may have been taken on the way; none after a claim that failed to come.
    try bench.run { try isLeft(bench) }
    let before = bench.sink.texts.count
    for _ in 0..<10 { try bench.turn() }
    #expect(bench.sink.texts.count == before)
    try receiver(bench).hold(false)
    try bench.run { bench.sink.texts.count == before + 1 }
  }

  /// Drops one and sees whether it stays for a while.
  private func isLeft(_ bench: TransportBench) throws -> Bool {
    let directory = try Directory.open(bench.drop)
    guard try directory.status(of: "mcp_in.json") == nil else {
      let end = Clock.monotonic + 50_000_000
      while Clock.monotonic < end { try bench.turn() }
      return try directory.status(of: "mcp_in.json") != nil
    }
    try bench.root.write("drop/.x", Self.numbered(2))
    try directory.rename(".x", to: "mcp_in.json")
    return false
  }

  @Test("Crash 49: with too many pending the slot is the back-pressure")
  func withTooManyPendingTheSlotIsTheBackPressure() throws {
    let bench = try TransportBench(.fileDrop, settling: .byHand)
    bench.pendingLimit = 3
    try bench.open()
    for number in 0..<3 {
      try bench.send(Self.numbered(number))
      try bench.run { bench.sink.texts.count > number }
    }
    try bench.send(Self.numbered(3))
    for _ in 0..<20 { try bench.turn() }
    #expect(bench.sink.texts.count == 3)
    #expect(try Directory.open(bench.drop).status(of: "mcp_in.json") != nil)
    let job = try bench.startSending([Self.numbered(4)])
    bench.sink.settling = .inTheNextTurn
    bench.sink.settleAll()
    try bench.run { job.isOver }
    try bench.expect((0...4).map(Self.numbered))
  }

  @Test func aPausedReceiverHandsNothingOn() throws {
    let bench = try TransportBench(.fileDrop)
    try bench.root.makeDirectory("drop/.claims-test")
    try bench.root.makeDirectory("drop/.claims-test/claims")
    try bench.root.write("drop/.claims-test/claims/c0000000000000001-0123456789abcdef", Self.numbered(1))
    try bench.root.write("drop/mcp_in.json", Self.numbered(2))
    let paused = try #require(try bench.makeReceiver() as? FileDropReceiver)
    paused.pause(true)
    try paused.open()
    for _ in 0..<20 { try bench.turn() }
    #expect(bench.sink.arrivals.isEmpty)
    #expect(try Directory.open(bench.drop).status(of: "mcp_in.json") != nil)
    // Not held by an operator, so that the pause's end is enough.
    paused.pause(false)
    try bench.run { bench.sink.texts.count == 2 && paused.isIdle }
    #expect(bench.sink.texts == [Self.numbered(1), Self.numbered(2)])
    paused.close(removingObjects: false)
    try bench.run { paused.isIdle }
  }

  @Test func whatTheSinkHasPartsOfIsFinishedWhilePaused() throws {
    let bench = try TransportBench(.fileDrop)
    let names = ["c0000000000000001-0123456789abcdef", "c0000000000000002-0123456789abcdef"]
    try bench.root.makeDirectory("drop/.claims-test")
    try bench.root.makeDirectory("drop/.claims-test/claims")
    for (number, name) in names.enumerated() {
      try bench.root.write("drop/.claims-test/claims/\(name)", Self.numbered(number))
    }
    let paused = try #require(try bench.makeReceiver() as? FileDropReceiver)
    paused.begun = [names[1], "c0000000000000003-0123456789abcdef"]
    paused.pause(true)
    try paused.open()
    try bench.run { bench.book.retired == [names[1]] }
    for _ in 0..<20 { try bench.turn() }
    #expect(bench.sink.texts == [Self.numbered(1)])
    #expect(paused.holds(claim: names[0]))
    paused.pause(false)
    try bench.run { paused.isIdle }
    #expect(bench.sink.texts == [Self.numbered(1), Self.numbered(0)])
    paused.close(removingObjects: false)
    try bench.run { paused.isIdle }
  }
}
