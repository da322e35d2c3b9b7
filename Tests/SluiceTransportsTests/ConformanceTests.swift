import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import SluiceTransports
import SluiceWire
import Testing

/// What every transport promises, through its two protocols only.
extension TransportTests {
  @Suite struct Conformance {
    /// Those that keep messages for a receiver that is not there.
    static let storing: [TransportKind] = [.fileDrop, .runFile, .fifo]

    static func numbered(_ number: Int) -> String { #"{"method":"m","params":{"n":\#(number)}}"# }

    static let texts = [
      #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
      "{ \t\"method\" :\"a\\u0062\\n\" ,\"params\":{\"x\":[ 1 ,2.0e+5, -0 ]}  }",
      #"{"method":"ünïcödé","params":{"s":"😀 \ud83d\ude00 \\ \" / \u2028"}}"#,
      #"{"type":"mcp_message","content":"ping"}"#,
      #"{"sluice":{"claim":"x"},"message":{"method":"m"}}"#,
    ]

    @Test(arguments: TransportKind.allCases, texts) func aMessageArrivesOnceAsItIs(
      _ kind: TransportKind, _ text: String
    ) throws {
      let bench = try TransportBench(kind)
      try bench.open()
      try bench.send(text)
      try bench.expect([text])
      #expect(bench.sink.notices == [])
    }

    @Test(arguments: TransportKind.allCases) func manySendersAtOnce(_ kind: TransportKind) throws {
      let bench = try TransportBench(kind)
      try bench.open()
      let jobs = try (0..<4).map { thread in
        try bench.startSending((0..<50).map { #"{"method":"m","params":{"thread":\#(thread),"n":\#($0)}}"# })
      }
      try bench.run { jobs.allSatisfy(\.isOver) && bench.sink.texts.count >= 200 }
      for job in jobs { #expect(job.failed == []) }
      try bench.run { bench.receiver?.isIdle ?? true }
      #expect(bench.sink.arrivals.count == 200)
      // Each sender's come in its own order.
      for thread in 0..<4 {
        let own = bench.sink.texts.filter { $0.contains(#""thread":\#(thread),"#) }
        #expect(own == (0..<50).map { #"{"method":"m","params":{"thread":\#(thread),"n":\#($0)}}"# })
      }
      let ids = bench.sink.arrivals.compactMap(\.id)
      #expect(Set(ids).count == ids.count)
      #expect(ids.isEmpty == (kind == .socket))
      #expect(bench.sink.repeats == [])
    }

    private static func message(ofSize size: Int) -> String {
      let frame = #"{"method":""}"#
      return #"{"method":""# + String(repeating: "s", count: size - frame.utf8.count) + #""}"#
    }

    @Test(arguments: TransportKind.allCases, [1, 2, 3, 500, 98_000]) func theLimit(
      _ kind: TransportKind, _ excess: Int
    ) throws {
      let bench = try TransportBench(kind)
      try bench.open()
      let fits = Self.message(ofSize: TransportBench.limit)
      let tooLarge = Self.message(ofSize: TransportBench.limit + excess)
      try bench.send(fits)
      let job = try bench.startSending([tooLarge])
      try bench.run { job.isOver && bench.sink.arrivals.count >= 2 }
      try bench.send(Self.numbered(3))
      try bench.expect([fits, Self.numbered(3)])
      let refused = bench.sink.arrivals.filter { $0.refusal != nil }
      #expect(refused.map(\.refusal) == [.tooLarge(limit: TransportBench.limit)])
    }

    @Test(
      arguments: TransportKind.allCases,
      [#"{"method":"#, "ping", "[1]", "{\"a\":\"\u{1}\"}", #"{"method":"a","method":"b"}"#, "}{"])
    func whatIsNoMessage(_ kind: TransportKind, _ text: String) throws {
      let bench = try TransportBench(kind)
      try bench.open()
      try bench.send(text, Self.numbered(1))
      try bench.run { bench.sink.arrivals.count >= 2 }
      try bench.run { bench.receiver?.isIdle ?? true }
      // Whether the transport or its sink looks at it first is the transport's business; it comes once and as it is.
      // A file is kept whole, with the newline that the sender put behind the text.
      #expect(bench.sink.arrivals.map(\.text) == [text + (kind == .fileDrop ? "\n" : ""), Self.numbered(1)])
      #expect(bench.sink.arrivals[1].refusal == nil)
    }

    @Test(arguments: storing) func messagesSentToAClosedReceiverArriveWhenItOpens(_ kind: TransportKind) throws {
      let bench = try TransportBench(kind)
      try bench.open()
      try bench.send(Self.numbered(0))
      try bench.expect([Self.numbered(0)])
      try bench.close()
      // A drop's path holds one; the others wait for its place.
      let count = kind == .fileDrop ? 1 : 5
      let job = try bench.startSending((1...count).map(Self.numbered))
      try bench.run { job.isOver }
      #expect(job.failed == [])
      #expect(bench.sink.arrivals.count == 1)
      try bench.open()
      try bench.expect((0...count).map(Self.numbered))
      #expect(bench.sink.repeats == [])
    }

    @Test(arguments: storing, [1, 0, 3]) func aKilledReceiverIsTakenOverFrom(_ kind: TransportKind, _ settled: Int)
      throws
    {
      let bench = try TransportBench(kind, settling: .byHand)
      try bench.open()
      try bench.sendTogether((0..<3).map(Self.numbered))
      try bench.run { bench.sink.texts.count >= 3 }
      for _ in 0..<settled { bench.sink.settleFirst() }
      let before = bench.sink.arrivals
      #expect(before.map(\.text) == (0..<3).map(Self.numbered))
      try bench.kill()
      try bench.open()
      try bench.run { bench.sink.texts.count >= 3 - settled }
      bench.sink.settling = .inTheNextTurn
      try bench.send(Self.numbered(3))
      // Nothing that was settled comes as new, the others come with the ids they had.
      try bench.expect((settled...3).map(Self.numbered))
      #expect(bench.sink.arrivals.dropLast().map(\.id) == before.dropFirst(settled).map(\.id))
      #expect(Set(bench.sink.repeats).isSubset(of: before.prefix(settled).compactMap(\.id)))
    }

    @Test(arguments: storing) func aReceiverThatOpensAgainRepeatsNothing(_ kind: TransportKind) throws {
      let bench = try TransportBench(kind, settling: .byHand)
      try bench.open()
      try bench.sendTogether((0..<3).map(Self.numbered))
      try bench.run { bench.sink.texts.count >= 3 }
      let receiver = try #require(bench.receiver)
      receiver.close(removingObjects: false)
      #expect(!receiver.isIdle)
      try bench.open()
      bench.sink.settleFirst()
      receiver.close(removingObjects: false)
      bench.sink.settleFirst()
      try bench.open()
      bench.sink.settling = .inTheNextTurn
      try bench.send(Self.numbered(3))
      try bench.expect((0...3).map(Self.numbered))
      #expect(bench.sink.repeats == [])
      #expect(bench.sink.notices == [])
    }

    @Test(arguments: storing) func aSinkMaySettleAtOnce(_ kind: TransportKind) throws {
      let bench = try TransportBench(kind, settling: .atOnce)
      try bench.open()
      let texts = (0..<(kind == .fileDrop ? 50 : 300)).map(Self.numbered)
      let job = try bench.startSending(texts)
      try bench.run { job.isOver }
      try bench.expect(texts)
      try bench.close()
    }

    @Test(arguments: [TransportKind.runFile, .fifo]) func noMoreThanAWindowIsHandedOut(_ kind: TransportKind) throws {
      let bench = try TransportBench(kind, settling: .byHand)
      try bench.open()
      let texts = (0..<200).map(Self.numbered)
      // All in one claim: a claim is handed out only when the one before it is settled.
      if kind == .runFile { try bench.close() }
      let job = try bench.startSending(texts)
      if kind == .runFile {
        try bench.run { job.isOver }
        try bench.open()
      }
      try bench.run { job.isOver && bench.sink.texts.count >= 64 }
      for _ in 0..<20 { try bench.turn() }
      #expect(bench.sink.texts.count == 64)
      bench.sink.settleFirst()
      try bench.run { bench.sink.texts.count >= 65 }
      #expect(bench.sink.texts.count == 65)
      bench.sink.settling = .inTheNextTurn
      try bench.expect(texts)
    }

    @Test(arguments: [TransportKind.runFile, .fifo]) func closingForGoodTakesWhatIsThere(_ kind: TransportKind) throws {
      let bench = try TransportBench(kind)
      try bench.open()
      let texts = (0..<100).map(Self.numbered)
      let job = try bench.startSending(texts)
      // Nobody receives meanwhile: all of it is in the file or the pipe when the end comes.
      let deadline = Deadline()
      while !job.isOver, !deadline.hasPassed { Wait.pause(nanoseconds: 100_000) }
      #expect(job.isOver)
      bench.letGoOfKeeper()
      bench.receiver?.close(removingObjects: true)
      try bench.run { bench.receiver?.isIdle ?? true }
      #expect(bench.sink.texts == texts)
      #expect(try Directory.open(bench.run).names().sorted() == (kind == .fifo ? ["replies"] : ["claimed", "replies"]))
      #expect(try Directory.open("\(bench.root.path)/spool").names() == [])
      let late = try bench.startSending([Self.numbered(1)])
      try bench.run { late.isOver }
      #expect(late.failed.map(\.kind) == [.notRunning])
    }
  }
}
