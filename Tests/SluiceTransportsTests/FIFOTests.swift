import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import SluiceTransports
import SluiceWire
import Testing

/// The FIFO transport: its journal, and writers that do not speak lines.
extension TransportTests {
  @Suite struct FIFO {
    static func numbered(_ number: Int) -> String { Conformance.numbered(number) }

    private func write(_ text: String, _ bench: TransportBench) throws {
      let fifo = try Directory.open(bench.run).open("mcp.fifo", .writeEndOfFIFO)
      let bytes = Array(text.utf8)
      var done = 0
      try bench.run {
        done += try fifo.write(bytes, from: done) ?? 0
        return done == bytes.count
      }
    }

    private func journals(_ bench: TransportBench) throws -> [String] {
      try Directory.open("\(bench.root.path)/spool").names().sorted()
    }

    @Test func silenceEndsAWholeMessage() throws {
      let bench = try TransportBench(.fifo)
      try bench.open()
      let start = Clock.monotonic
      try write(Self.numbered(1), bench)
      try bench.run { bench.sink.texts.count == 1 }
      #expect(Clock.monotonic - start >= 49_000_000)
      try write(Self.numbered(2) + "\n", bench)
      try bench.expect([Self.numbered(1), Self.numbered(2)])
    }

    @Test func silenceDoesNotEndHalfAMessage() throws {
      let bench = try TransportBench(.fifo)
      try bench.open()
      let text = Self.numbered(1)
      try write(String(text.prefix(10)), bench)
      let end = Clock.monotonic + 120_000_000
      try bench.run { Clock.monotonic > end }
      #expect(bench.sink.arrivals.isEmpty)
      try write(String(text.dropFirst(10)), bench)
      try bench.expect([text])
    }

    @Test func silenceIsRememberedByTheJournal() throws {
      let bench = try TransportBench(.fifo, settling: .byHand)
      try bench.open()
      try write(Self.numbered(1), bench)
      try bench.run { bench.sink.texts.count == 1 }
      try write(Self.numbered(2), bench)
      try bench.run { bench.sink.texts.count == 2 }
      let ids = bench.sink.arrivals.map(\.id)
      try bench.kill()
      try bench.open()
      try bench.run { bench.sink.texts.count == 2 }
      #expect(bench.sink.arrivals.map(\.id) == ids)
      #expect(bench.sink.texts == [Self.numbered(1), Self.numbered(2)])
    }

    /// Half a line in the journal of a server that is killed, the other half in the pipe for the next one.
    @Test func aLineInTwoHalvesOfWhichAServerSawOneArrivesWhole() throws {
      let bench = try TransportBench(.fifo, settling: .byHand)
      try bench.open()
      let text = Self.numbered(2)
      try write(Self.numbered(1) + "\n" + text.prefix(12), bench)
      try bench.run { bench.sink.texts.count == 1 }
      let first = bench.sink.arrivals.map(\.id)
      try bench.kill()
      try Directory.open(bench.run).open("mcp.fifo", .writeEndOfFIFO).writeAll(Array((text.dropFirst(12) + "\n").utf8))
      try bench.open()
      try bench.run { bench.sink.texts.count == 2 }
      #expect(bench.sink.texts == [Self.numbered(1), text])
      #expect(bench.sink.arrivals.first?.id == first.first)
      bench.sink.settling = .inTheNextTurn
      try bench.expect([Self.numbered(1), text])
    }

    @Test("FIFO: half a line whose writer is gone costs itself only, however often the server starts")
    func halfALineOfADeadWriterSpoilsNothingElse() throws {
      let bench = try TransportBench(.fifo, settling: .byHand)
      try bench.open()
      try write(Self.numbered(1) + "\n{\"method\":", bench)
      try bench.run { bench.sink.texts.count == 1 }
      var ids: [String?] = []
      for start in 0..<3 {
        try bench.kill()
        try bench.open()
        try bench.run { bench.sink.arrivals.count >= 2 + start }
        try write(Self.numbered(10 + start) + "\n", bench)
        try bench.run { bench.sink.arrivals.count >= 3 + start }
        let texts = [Self.numbered(1), "{\"method\":"] + (0...start).map { Self.numbered(10 + $0) }
        #expect(bench.sink.arrivals.map(\.text) == texts)
        #expect(Array(bench.sink.arrivals.map(\.id).prefix(ids.count)) == ids)
        ids = bench.sink.arrivals.map(\.id)
      }
      bench.sink.settleAll()
      try bench.close()
      #expect(try journals(bench) == [])
    }

    @Test func twoJournalsAreWorkedOffInTheirOrder() throws {
      let bench = try TransportBench(.fifo)
      let spool = try Directory.open("\(bench.root.path)/spool")
      let names = ["f0000000000000001-0123456789abcdef", "f0000000000000002-0123456789abcdef"]
      // The first ends in the middle of a line that nothing can continue any more, once with far too much.
      let torn = ["{\"method\":", String(repeating: "x", count: 5000)]
      for rest in torn {
        let before = bench.sink.arrivals.count
        try spool.replaceFile(names[0], with: Array((Self.numbered(1) + "\n" + rest).utf8), mode: 0o600)
        try spool.replaceFile(names[1], with: Array((Self.numbered(2) + "\n").utf8), mode: 0o600)
        try spool.replaceFile("stranger", with: [1], mode: 0o600)
        try bench.open()
        try bench.send(Self.numbered(3))
        try bench.run { bench.sink.arrivals.count >= before + 4 && bench.receiver?.isIdle == true }
        let arrivals = bench.sink.arrivals.dropFirst(before)
        #expect(arrivals.filter { $0.refusal == nil }.map(\.text) == (1...3).map(Self.numbered))
        #expect(arrivals.compactMap(\.refusal?.code) == [rest.count > 1000 ? .tooLarge : .notJSON])
        #expect(arrivals.map(\.id).prefix(3) == ["\(names[0])-0", "\(names[0])-1", "\(names[1])-0"])
        try bench.close()
        #expect(try journals(bench) == ["stranger"])
        bench.book.retired = []
      }
    }

    @Test func theJournalDoesNotGrowForEver() throws {
      let bench = try TransportBench(.fifo)
      bench.journalLimit = 20_000
      try bench.open()
      // There is always the beginning of a line, so that it is never wholly settled.
      var most: UInt64 = 0
      try write(String(Self.numbered(0).prefix(8)), bench)
      for number in 0..<5000 {
        try write(Self.numbered(number).dropFirst(8) + "\n" + Self.numbered(number + 1).prefix(8), bench)
        guard number % 50 == 0 else { continue }
        for name in try journals(bench) {
          most = max(most, try Directory.open("\(bench.root.path)/spool").status(of: name)?.size ?? 0)
        }
      }
      try bench.run { bench.sink.texts.count >= 5000 }
      #expect(bench.sink.texts == (0..<5000).map(Self.numbered))
      #expect(most < 20_000 + 65_536)
      #expect(try journals(bench).count == 1)
      #expect(Set(bench.sink.arrivals.map(\.id)).count == 5000)
    }

    @Test func aFullPipeIsTriedAgainLater() throws {
      let bench = try TransportBench(.fifo)
      try bench.open()
      bench.receiver?.close(removingObjects: false)
      // The keeper holds the pipe; nobody empties it.
      let sender = bench.makeSender(patience: 50_000_000)
      var sent = 0
      var failure: TransportFailure?
      while failure == nil, sent < 10_000 {
        do throws(TransportFailure) {
          try sender.send(Array(Self.numbered(sent).utf8))
          sent += 1
        } catch { failure = error }
      }
      #expect(failure?.kind == .busy)
      try bench.open()
      try bench.expect((0..<sent).map(Self.numbered))
    }

    @Test("FIFO: unread bytes survive a server that was killed while a keeper holds it")
    func aKeeperKeepsBytesForTheNextServer() throws {
      let bench = try TransportBench(.fifo)
      try bench.open()
      try bench.kill()
      let job = try bench.startSending((0..<50).map(Self.numbered))
      try bench.run { job.isOver }
      #expect(job.failed == [])
      try bench.open()
      try bench.expect((0..<50).map(Self.numbered))
    }

    /// Beyond PIPE_BUF the kernel writes in pieces as there is room. A piece from the middle of a long text fits into
    /// another writer's text, and the mix is valid JSON: only a digest tells it from a message.
    @Test(
      "FIFO: lines of writers without a lock: whole up to 4096 bytes; longer ones are kept aside, and no mix is delivered",
      arguments: [3900, 70000])
    func interleavedLines(length: Int) throws {
      let bench = try TransportBench(.fifo)
      bench.messageLimit = 1 << 17
      try bench.open()
      let script = """
        import os, sys
        f = os.open('mcp.fifo', os.O_WRONLY)
        c, n = sys.argv[1], int(sys.argv[2])
        for i in range(30):
            text = ('{"method":"m","params":{"a":"%s-%02d","pad":"%s","b":"%s-%02d"}}\\n' % (c, i, c * n, c, i)).encode()
            while text: text = text[os.write(f, text):]
        """
      try bench.root.write("run/client.py", script)
      try bench.shell("for c in w x y z; do python3 client.py $c \(length) & done; wait")
      try bench.run { bench.receiver?.isIdle == true }
      let whole = Set(
        "wxyz".flatMap { c in
          (0..<30).map { i in
            let id = "\(c)-\(i < 10 ? "0" : "")\(i)"
            let pad = String(repeating: c, count: length)
            return #"{"method":"m","params":{"a":"\#(id)","pad":"\#(pad)","b":"\#(id)"}}"#
          }
        })
      let delivered = bench.messages
      let mixes = delivered.count { !whole.contains($0) }
      print("FIFO lines of \(length): \(delivered.count - mixes) of 120 whole, \(mixes) mixes that parse")
      #expect(mixes == 0)
      if length < 4096 {
        #expect(delivered.count == 120 && Set(delivered).count == 120)
      } else {
        #expect(delivered.isEmpty && bench.sink.arrivals.contains { $0.refusal?.reason.contains("digest") == true })
      }
    }

    @Test("FIFO: long lines of our own senders are kept apart by their lock") func longLinesOfOurSendersAreNotMixed()
      throws
    {
      let bench = try TransportBench(.fifo)
      bench.messageLimit = 1 << 16
      try bench.open()
      let pad = String(repeating: "p", count: 15000)
      // Longer than the pipe moves at once, within the limit of a message: many of them, from four sides.
      let jobs = try (0..<4).map { thread in
        try bench.startSending((0..<40).map { "{\"method\":\"\(thread)-\($0)-\(pad)\"}" })
      }
      try bench.run { jobs.allSatisfy(\.isOver) && bench.sink.texts.count >= 160 }
      #expect(bench.sink.arrivals.allSatisfy { $0.refusal == nil && $0.text.hasSuffix("\(pad)\"}}") })
    }

    @Test func aReplyGoesOnlyToWhatItShould() throws {
      let bench = try TransportBench(.fifo)
      let replies = try Directory.open("\(bench.run)/replies")
      let own = Process.effectiveUser
      func answer(_ token: String, owner: UInt32?) -> String? {
        ReplyFIFO.answer(Array("x\n".utf8), token: token, in: replies, owner: owner)
      }
      #expect(answer("../mcp.fifo", owner: nil) == "the reply token is no plain name")
      #expect(answer("none", owner: nil) == "no reply FIFO is there")
      try replies.replaceFile("file", with: [], mode: 0o600)
      #expect(answer("file", owner: nil) == "no reply FIFO is there")
      try bench.root.link("file", to: "run/replies/link")
      #expect(answer("link", owner: nil) == "no reply FIFO is there")
      try replies.makeFIFO("fifo", mode: 0o600)
      #expect(answer("fifo", owner: own &+ 1) == "the reply FIFO belongs to uid \(own)")
      #expect(answer("fifo", owner: own) == "nobody reads the reply FIFO")
      let reader = try replies.open("fifo", .bothEndsOfFIFO)
      #expect(answer("fifo", owner: own) == nil)
      // The pipe is made larger for a large reply, up to what the kernel allows.
      let large = [UInt8](repeating: UInt8(ascii: "x"), count: 200_000)
      #expect(ReplyFIFO.answer(large, token: "fifo", in: replies, owner: nil) == nil)
      let huge = [UInt8](repeating: UInt8(ascii: "x"), count: 64 << 20)
      let refusal = ReplyFIFO.answer(huge, token: "fifo", in: replies, owner: nil)
      #expect(refusal?.contains("does not fit the reply FIFO") == true)
      _ = reader.raw
      #expect(try replies.contents(of: "file", limit: 1) == [])
    }
  }
}
