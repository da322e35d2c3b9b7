import Glibc
import SluiceChannel
import SluicePolicy
import SluiceSystem
import SluiceTestSupport
import SluiceTransports
import SluiceWire
import Testing

/// Several writers at once, and writers that stay.
extension TransportTests.FileDrop {
  @Test("Competition 41: a writer that stays does not hold up later ones, and arrives whole after its close")
  func aSlowWriterArrivesWhole() throws {
    let bench = try TransportBench(.fileDrop)
    try bench.open()
    let directory = try Directory.open(bench.drop)
    let text = Self.numbered(1)
    let writer = try directory.open("mcp_in.json", .createNew(mode: 0o644))
    try writer.writeAll(Array(text.utf8.prefix(10)))
    // It is claimed while it is being written.
    try bench.run { try directory.status(of: "mcp_in.json") == nil }
    for _ in 0..<20 { try bench.turn() }
    #expect(bench.sink.arrivals.isEmpty)
    // The path is free: another writer is not held up.
    try bench.shell("echo '\(Self.numbered(2))' > mcp_in.json")
    try bench.run { bench.sink.texts.count == 1 }
    try writer.writeAll(Array(text.utf8.dropFirst(10)))
    try writer.close()
    try bench.expect([Self.numbered(2), text])
  }

  @Test func writersThatStayDoNotHoldUpTheOthers() throws {
    let bench = try TransportBench(.fileDrop)
    bench.pendingLimit = 2
    bench.parkedLimit = 2
    bench.writerPatience = 50_000_000
    try bench.open()
    let drop = try Directory.open(bench.drop)
    func stay(_ number: Int) throws -> OwnedDescriptor {
      let writer = try drop.open("mcp_in.json", .createNew(mode: 0o644))
      try bench.run { try drop.status(of: "mcp_in.json") == nil }
      try writer.writeAll(Array(Self.numbered(number).utf8))
      return writer
    }
    let first = try stay(1)
    let second = try stay(2)
    // Both count no longer after a while; two more fill the limit again, and there the parking ends.
    let third = try stay(3)
    let fourth = try stay(4)
    try bench.send(Self.numbered(5))
    for _ in 0..<30 { try bench.turn() }
    #expect(bench.sink.texts.isEmpty)
    #expect(try drop.status(of: "mcp_in.json") != nil)
    try third.close()
    try bench.run { bench.sink.texts.count == 2 }
    #expect(bench.sink.texts == [Self.numbered(3), Self.numbered(5)])
    try first.close()
    try second.close()
    try fourth.close()
    try bench.run { bench.sink.texts.count == 5 && bench.receiver?.isIdle == true }
    #expect(Set(bench.sink.texts) == Set((1...5).map(Self.numbered)))
    // Once a minute, by name.
    #expect(bench.sink.notices.count == 1)
    #expect(bench.sink.notices.first?.hasSuffix("of uid \(Process.effectiveUser)") == true)
  }

  @Test func oneUsersUnfinishedDropsAreGivenUpBeyondItsShare() throws {
    let bench = try TransportBench(.fileDrop)
    bench.pendingLimit = 2
    bench.parkedShare = 1
    bench.writerPatience = 50_000_000
    try bench.open()
    let drop = try Directory.open(bench.drop)
    var writers: [Int: OwnedDescriptorBox] = [:]
    // Each takes the slot and stays; only the first one is waited for.
    for number in 1...6 {
      writers[number] = OwnedDescriptorBox(try drop.open("mcp_in.json", .createNew(mode: 0o644)))
      try bench.run { try drop.status(of: "mcp_in.json") == nil }
    }
    try bench.run { bench.sink.arrivals.count == 5 }
    #expect(bench.sink.arrivals.allSatisfy { $0.refusal?.reason.hasPrefix("too many unfinished drops of") == true })
    try bench.send(Self.numbered(7))
    try bench.run { bench.sink.texts.contains(Self.numbered(7)) }
  }

  private final class OwnedDescriptorBox {
    let descriptor: OwnedDescriptor
    init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
  }

  @Test("Competition 38: clients that never overlap lose nothing, and each keeps its order")
  func competingWritersLoseNothingOfWhatWasClaimed() throws {
    let bench = try TransportBench(.fileDrop)
    try bench.open()
    // Four writers that create and never overwrite (noclobber): whoever was told yes is delivered.
    let script =
      (0..<4).map { writer in
        """
        ( n=0; while [ $n -lt 25 ]; do
          if (set -C; echo '{"method":"m","params":{"writer":\(writer),"n":'$n'}}' > mcp_in.json) 2>/dev/null; then n=$((n+1)); fi
        done ) &
        """
      }.joined(separator: "\n") + "\nwait\n"
    try bench.shell(script)
    try bench.run { bench.sink.texts.count >= 100 && bench.receiver?.isIdle == true }
    #expect(bench.sink.arrivals.count == 100)
    for writer in 0..<4 {
      let own = bench.sink.texts.filter { $0.contains("\"writer\":\(writer),") }
      #expect(own == (0..<25).map { #"{"method":"m","params":{"writer":\#(writer),"n":\#($0)}}"# })
    }
  }
}
