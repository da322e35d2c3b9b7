import SluiceSystem
import SluiceTransports
import Testing
import SluiceChannel

/// Peers that take too long or too much, and what becomes of the others.
extension TransportTests.Socket {
  private static let short: Int64 = 80_000_000

  private func bench(_ configure: @escaping (inout SocketListener.Settings) -> Void) throws
    -> (TransportBench, SocketListener)
  {
    let bench = try TransportBench(.socket)
    bench.configure = configure
    try bench.open()
    return (bench, try #require(bench.receiver as? SocketListener))
  }

  private func expectServed(_ bench: TransportBench) throws {
    let peer = try SocketPeer(bench)
    try peer.write(Self.ping + "\n", bench)
    try bench.run {
      try peer.read()
      return peer.lines == [Self.echo]
    }
  }

  private func waitForEnd(of peer: SocketPeer, _ bench: TransportBench) throws {
    try bench.run {
      try peer.read()
      return peer.hasEnded
    }
  }

  @Test func t24WhoSaysNothingIsEndedAndWhoHasSpokenIsNot() throws {
    let (bench, listener) = try bench { $0.deadlines.firstByte = Self.short }
    let silent = try (0..<5).map { _ in try SocketPeer(bench) }
    let spoken = try SocketPeer(bench)
    try spoken.write(Self.ping + "\n", bench)
    for peer in silent {
      try waitForEnd(of: peer, bench)
      #expect(peer.lines.count == 1 && peer.lines[0].contains("no message came in time"), "\(peer.lines)")
    }
    #expect(listener.connectionCount == 1)
    let later = Clock.monotonic + 2 * Self.short
    try bench.run { Clock.monotonic > later }
    try spoken.read()
    #expect(!spoken.hasEnded && spoken.lines == [Self.echo])
    #expect(bench.sink.notices.count == 5)
  }

  @Test func t26OneByteAtATimeEndsWhenTheMessageTakesTooLong() throws {
    let (bench, listener) = try bench { $0.deadlines.unfinished = Self.short }
    let peer = try SocketPeer(bench)
    let start = Clock.monotonic
    var sent = 0
    try bench.run {
      if sent < 1000 { sent += (try? peer.tryWriting(Array("{".utf8), from: 0)) ?? 0 }
      try peer.read()
      return peer.hasEnded
    }
    let took = Clock.monotonic - start
    #expect(took >= Self.short && took < 20 * Self.short && sent > 1, "\(took) \(sent)")
    #expect(peer.lines.count == 1 && peer.lines[0].contains(#""code":408"#), "\(peer.lines)")
    #expect(listener.keptBytes == 0)
    try expectServed(bench)
  }

  /// A message after the other has no deadline for all of them together.
  @Test func t26AStreamOfMessagesNeverEnds() throws {
    let (bench, _) = try bench { $0.deadlines.unfinished = Self.short }
    let peer = try SocketPeer(bench)
    let end = Clock.monotonic + 4 * Self.short
    let half = #"{"method":"#
    let other = #""ping"}"# + "\n"
    while Clock.monotonic < end {
      try peer.write(half, bench)
      try bench.turn(atMost: 1_000_000)
      try peer.write(other + half, bench)
      try bench.turn(atMost: 1_000_000)
      try peer.write(other, bench)
      try peer.read()
    }
    #expect(!peer.hasEnded && bench.sink.texts.count > 2)
  }

  @Test func t27WhoNeverReadsIsHeldAtItsBoundAndEnded() throws {
    let (bench, listener) = try bench { $0.deadlines.stalled = 3 * Self.short }
    let peer = try SocketPeer(bench)
    let big = #"{"method":"\#(String(repeating: "x", count: 1500))"}"# + "\n"
    let bytes = Array(String(repeating: big, count: 2000).utf8)
    var done = 0
    let start = Clock.monotonic
    try bench.run {
      done += (try? peer.tryWriting(bytes, from: done)) ?? 0
      return listener.connectionCount == 0 && Clock.monotonic > start + Self.short
    }
    #expect(done < bytes.count, "it is not read from for ever")
    #expect(bench.sink.sessions.first.map { $0.mostWaiting } ?? .max <= bench.outputBound + (1 << 16) + 4096)
    #expect(bench.sink.notices.contains { $0.contains("unread for too long") }, "\(bench.sink.notices)")
    #expect(listener.keptBytes == 0)
    try expectServed(bench)
  }

  /// A bound that is smaller than what a turn may gather holds within the turn.
  @Test func t27SmallBoundsHold() throws {
    let (bench, listener) = try bench { $0.outputBound = 1024 }
    let reply = String(repeating: "r", count: 60_000) + "\n"
    bench.sink.received = { session, _ in
      session.conversation?.write { $0.append(contentsOf: reply.utf8) }
      return true
    }
    let peer = try SocketPeer(bench)
    try peer.write(String(repeating: "{}\n", count: 1000), bench)
    let later = Clock.monotonic + Self.short
    try bench.run { Clock.monotonic > later }
    #expect(bench.sink.sessions.first.map { $0.mostWaiting } ?? .max <= 1024 + 60_001)
    #expect(listener.keptBytes < 80_000, "\(listener.keptBytes)")
    try bench.run {
      try peer.read()
      return peer.received.count == 60_001_000
    }
  }

  @Test func t28FortyThatLeaveInTheMiddleLeaveNothing() throws {
    let (bench, listener) = try bench { $0.deadlines.unfinished = 60_000_000_000 }
    for _ in 0..<40 {
      let peer = try SocketPeer(bench)
      try peer.write(Self.ping + "\n" + #"{"method":"#, bench)
      let count = bench.sink.texts.count
      try bench.run { bench.sink.texts.count > count || count > 0 }
      peer.leave()
    }
    try bench.run { listener.connectionCount == 0 }
    #expect(listener.keptBytes == 0)
    #expect(bench.sink.sessions.allSatisfy { $0.isClosed })
    try expectServed(bench)
  }

  /// Of messages that have not ended a user may have its share kept; the next one is refused by name, small ones pass.
  @Test func unfinishedMessagesAreBoundedByUser() throws {
    let (bench, listener) = try bench {
      $0.messageLimit = 1 << 20
      $0.bufferLimit = 0
      $0.reservedUsers = []
    }
    let part = #"{"method":""# + String(repeating: "x", count: 1_000_000)
    let peers = try (0..<4).map { _ in try SocketPeer(bench) }
    for peer in peers { try peer.write(part, bench) }
    try bench.run {
      for peer in peers { try peer.read() }
      return peers.contains { !$0.lines.isEmpty }
    }
    #expect(listener.keptBytes < 2_500_000, "\(listener.keptBytes)")
    let refused = try #require(peers.first { !$0.lines.isEmpty })
    #expect(refused.lines[0].contains("too many bytes of unfinished messages of uid \(Process.effectiveUser)"))
    // What was refused is skipped to its newline; the connection goes on.
    try refused.write("\"}\n" + Self.ping + "\n", bench)
    try bench.run {
      try refused.read()
      return refused.lines.last == Self.echo
    }
  }

  @Test func replyBuffersAreNotKeptByTheIdle() throws {
    let (bench, listener) = try bench { _ in }
    let reply = String(repeating: "r", count: 100_000)
    bench.sink.received = { session, _ in
      session.conversation?.write { $0.append(contentsOf: "\(reply)\n".utf8) }
      return true
    }
    let peer = try SocketPeer(bench)
    for number in 1...3 {
      try peer.write("{}\n", bench)
      try bench.run {
        try peer.read()
        return peer.received.count == number * 100_001
      }
    }
    #expect(listener.spareOutputCapacity >= 100_000)
    #expect(listener.keptBytes == 0)
  }

  @Test func sharesLeaveRoomForOthersAndTheReserve() throws {
    let (bench, listener) = try bench {
      $0.connectionLimit = 16
      $0.reservedUsers = []
    }
    let peers = try (0..<12).map { _ in try SocketPeer(bench) }
    try bench.run {
      for peer in peers { try peer.read() }
      return peers.filter(\.hasEnded).count == 5
    }
    #expect(listener.connectionCount == 7)
    let words = "too many connections of uid \(Process.effectiveUser) (it has 7, its share at the moment)"
    #expect(peers.last?.lines.first?.contains(words) == true, "\(peers.last?.lines ?? [])")
  }
}
