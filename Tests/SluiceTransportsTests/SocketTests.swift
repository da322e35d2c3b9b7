import SluiceChannel
import SluicePolicy
import SluiceReactor
import SluiceSystem
import SluiceTestSupport
import SluiceTransports
import SluiceWire
import Testing

/// The socket transport, with peers of every manner.
extension TransportTests {
  @Suite struct Socket {
    func bench() throws -> (TransportBench, SocketListener) {
      let bench = try TransportBench(.socket)
      try bench.open()
      return (bench, try #require(bench.receiver as? SocketListener))
    }

    static let ping = #"{"method":"ping"}"#
    static let echo = #"{"echo":{"method":"ping"}}"#

    @Test func silenceEndsAWholeMessage() throws {
      let (bench, _) = try bench()
      let peer = try SocketPeer(bench)
      let start = Clock.monotonic
      try peer.write(Self.ping, bench)
      try bench.run { bench.sink.texts.count == 1 }
      #expect(Clock.monotonic - start >= 49_000_000)
      try bench.run {
        try peer.read()
        return peer.lines == [Self.echo]
      }
      // And again on the same connection.
      try peer.write(Self.ping, bench)
      try bench.run {
        try peer.read()
        return peer.lines == [Self.echo, Self.echo]
      }
    }

    @Test func silenceDoesNotEndHalfAMessage() throws {
      let (bench, listener) = try bench()
      let peer = try SocketPeer(bench)
      try peer.write(#"{"method":"#, bench)
      let end = Clock.monotonic + 120_000_000
      try bench.run { Clock.monotonic > end }
      #expect(bench.sink.arrivals.isEmpty)
      try peer.write(#""ping"}"#, bench)
      try bench.run { bench.sink.texts == [Self.ping] }
      #expect(listener.connectionCount == 1)
    }

    @Test(arguments: [ping, ping + "\n", ping + "\r\n", ping + "\n\n"]) func aHalfCloseEndsItAtOnce(
      _ text: String
    ) throws {
      let (bench, listener) = try bench()
      let peer = try SocketPeer(bench)
      try peer.write(text, bench)
      try peer.finishWriting()
      let start = Clock.monotonic
      try bench.run {
        try peer.read()
        return peer.hasEnded
      }
      #expect(peer.lines == [Self.echo])
      #expect(Clock.monotonic - start < 5_000_000_000)
      #expect(bench.sink.sessions.map(\.isClosed) == [true])
      #expect(listener.isIdle)
    }

    @Test func aHalfCloseWaitsForTheAnswers() throws {
      let (bench, listener) = try bench()
      var open: [RecordingSession] = []
      bench.sink.received = { session, _ in
        session.conversation?.callBegan()
        open.append(session)
        return true
      }
      let peer = try SocketPeer(bench)
      try peer.write(Self.ping + "\n" + Self.ping, bench)
      try peer.finishWriting()
      try bench.run { open.count == 2 }
      for _ in 0..<5 { try bench.turn() }
      #expect(listener.connectionCount == 1)
      for session in open {
        session.echo(Array("1".utf8))
        session.conversation?.callEnded()
      }
      try bench.run {
        try peer.read()
        return peer.hasEnded
      }
      #expect(peer.lines == [#"{"echo":1}"#, #"{"echo":1}"#])
      #expect(listener.connectionCount == 0)
    }

    @Test(arguments: [false, true]) func aThousandLinesAtOnceAreAnsweredInOrder(_ stopsAtEach: Bool) throws {
      let (bench, _) = try bench()
      if stopsAtEach {
        // A session that takes one message at a time, and goes on a turn later.
        let reactor = bench.reactor
        bench.sink.received = { session, bytes in
          session.echo(bytes)
          reactor.schedule(after: 0) { session.conversation?.resume() }
          return false
        }
      }
      let lines = (0..<1000).map { #"{"method":"m","params":{"n":\#($0)}}"# }
      let peer = try SocketPeer(bench)
      // The last one without a newline: silence ends it, or the half-close does.
      try peer.write(lines.joined(separator: "\n"), bench)
      try peer.finishWriting()
      try bench.run {
        try peer.read()
        return peer.hasEnded
      }
      #expect(bench.sink.texts == lines)
      #expect(peer.lines == lines.map { #"{"echo":\#($0)}"# })
    }

    @Test func aSessionThatStopsIsGivenNothingUntilItResumes() throws {
      let (bench, _) = try bench()
      bench.sink.received = { _, _ in false }
      let peer = try SocketPeer(bench)
      let texts = (1...3).map(Conformance.numbered)
      try peer.write(texts.joined(separator: "\n"), bench)
      try bench.run { bench.sink.texts.count == 1 }
      for _ in 0..<20 { try bench.turn() }
      #expect(bench.sink.texts == [texts[0]])
      bench.sink.sessions.first?.conversation?.resume()
      #expect(bench.sink.texts.count == 2)
      // The last one has no newline: it is its silence that counts, from when it could be taken.
      bench.sink.received = { _, _ in true }
      bench.sink.sessions.first?.conversation?.resume()
      try bench.run { bench.sink.texts == texts }
    }

    @Test func aPeerThatDoesNotReadIsNotReadFrom() throws {
      let (bench, listener) = try bench()
      let reply = String(repeating: "r", count: 10_000)
      bench.sink.received = { session, _ in
        session.conversation?.write { $0.append(contentsOf: "\"\(reply)\"\n".utf8) }
        return true
      }
      let peer = try SocketPeer(bench)
      let bytes = Array(String(repeating: Self.ping + "\n", count: 5000).utf8)
      var done = 0
      var idle = 0
      // Written until the server has not taken anything for a while.
      try bench.run {
        let count = try peer.tryWriting(bytes, from: done)
        done += count
        idle = count == 0 ? idle + 1 : 0
        return done == bytes.count || idle > 20
      }
      let handed = bench.sink.texts.count
      #expect(handed < 5000)
      #expect(bench.sink.sessions.allSatisfy { $0.mostWaiting <= bench.outputBound + 10_003 })
      // Now it reads, and gets all.
      var hasFinished = false
      try bench.run {
        done += try peer.tryWriting(bytes, from: done)
        if done == bytes.count, !hasFinished {
          hasFinished = true
          try peer.finishWriting()
        }
        try peer.read()
        return peer.hasEnded
      }
      #expect(bench.sink.texts.count == 5000)
      #expect(peer.received.count == 5000 * 10_003)
      #expect(bench.sink.sessions.allSatisfy { $0.mostWaiting <= bench.outputBound + 10_003 })
      #expect(listener.isIdle)
    }

    @Test func aPeerThatLeavesWhileItsCallRunsDoesNotSpin() throws {
      let (bench, listener) = try bench()
      bench.sink.received = { session, _ in
        session.conversation?.callBegan()
        return true
      }
      let peer = try SocketPeer(bench)
      try peer.write(Self.ping + "\n", bench)
      try bench.run { bench.sink.texts.count == 1 }
      peer.leave()
      try bench.turn()
      try bench.turn()
      #expect(listener.connectionCount == 1)
      let start = Clock.monotonic
      try bench.turn(atMost: 30_000_000)
      #expect(Clock.monotonic - start >= 29_000_000)
      let session = try #require(bench.sink.sessions.first)
      session.echo([1])
      session.conversation?.callEnded()
      #expect(listener.connectionCount == 0)
      #expect(session.isClosed)
    }

    @Test func messagesOfAPeerThatHasLeftAreStillTaken() throws {
      let (bench, listener) = try bench()
      let peer = try SocketPeer(bench)
      let lines = (0..<5000).map { #"{"method":"m","params":{"n":\#($0)}}"# }
      let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
      // As much as the kernel takes, without the server's seeing any of it.
      let count = try peer.tryWriting(bytes, from: 0)
      peer.leave()
      try bench.run { listener.isIdle && !bench.sink.sessions.isEmpty }
      let whole = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
      #expect(bench.sink.arrivals.count == whole.count)
      #expect(Array(bench.sink.texts.prefix(whole.count - 1)) == Array(whole.dropLast()))
    }

    @Test func anEndlessLineEndsTheConversation() throws {
      let (bench, listener) = try bench()
      let peer = try SocketPeer(bench)
      let bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 200_000)
      var done = 0
      try bench.run {
        if !peer.hasEnded, done < bytes.count {
          do throws(Errno) { done += try send(peer, bytes, done) } catch { done = bytes.count }
        }
        try peer.read()
        return peer.hasEnded
      }
      #expect(bench.sink.arrivals.compactMap(\.refusal?.code) == [.tooLarge])
      #expect(peer.lines.count == 1)
      #expect(listener.isIdle)
    }

    private func send(_ peer: SocketPeer, _ bytes: [UInt8], _ start: Int) throws(Errno) -> Int {
      do { return try peer.tryWriting(bytes, from: start) } catch let error as Errno { throw error } catch { throw .io }
    }
  }
}
