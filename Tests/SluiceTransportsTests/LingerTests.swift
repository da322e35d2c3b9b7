import SluiceSystem
import SluiceTestSupport
import Testing

@testable import SluiceTransports
import SluiceChannel

/// What was taken of a file that stays at its path, and what of it is new when it is looked at again.
@Suite struct TakenNameTests {
  private static let claim = "c0000000000000001-0123456789abcdef"

  /// (content, time of the last write, what is new); taken was "abc" at time 5.
  @Test(
    arguments: [
      ("abc", 5, .nothing), ("abc", 6, .from(0)), ("abcd", 6, .from(3)), ("abcd", 5, .from(3)), ("ab", 6, .from(0)),
      ("abd", 5, .from(0)), ("", 6, .from(0)), ("xabc", 6, .from(0)),
    ] as [(String, Int64, TakenName.Novelty)])
  func novelty(_ text: String, _ modified: Int64, _ expected: TakenName.Novelty) {
    let taken = TakenName(claim: Self.claim, from: 0, bytes: Array("abc".utf8), modified: 5)
    #expect(taken.novelty(of: Array(text.utf8), modified: modified) == expected)
  }

  @Test func theNameSaysAll() {
    let taken = TakenName(claim: Self.claim, from: 2, bytes: Array("abc".utf8), modified: -5)
    #expect(TakenName(taken.name) == taken)
    #expect(taken.name.utf8.count < 255)
    for bad in [Self.claim, "\(taken.name).x", "a.3.2.0.\(taken.digest)", "a.-1.2.0.\(taken.digest)", "a.0.2.0.abc"] {
      #expect(TakenName(bad) == nil)
    }
  }
}

extension TransportTests {
  /// Drops that stay readable for a while.
  @Suite struct Linger {
    private static func numbered(_ number: Int) -> String { Conformance.numbered(number) }

    private func bench(_ milliseconds: Int64 = 100) throws -> TransportBench {
      let bench = try TransportBench(.fileDrop)
      bench.linger = milliseconds * 1_000_000
      try bench.open()
      return bench
    }

    private func isPresent(_ bench: TransportBench) throws -> Bool {
      try Directory.open(bench.drop).status(of: "mcp_in.json") != nil
    }

    private func expectNothingLeft(_ bench: TransportBench) throws {
      try bench.run { try !isPresent(bench) && bench.receiver?.isIdle == true }
      let own = "\(bench.drop)/.claims-test"
      try bench.run {
        try Directory.open("\(own)/claims").names() == [] && Directory.open("\(own)/lingering").names() == []
      }
      #expect(bench.sink.notices == [])
    }

    /// The harness of old deployments: each look at the file after it was written is an error if it fails.
    @Test func aClientThatLooksAfterwards() throws {
      let bench = try bench(2000)
      try bench.shell(
        (0..<30).map {
          "echo '\(Self.numbered($0))' > mcp_in.json; cat mcp_in.json >/dev/null; chmod 644 mcp_in.json;"
            + " sleep 0.1; [ -f mcp_in.json ]; rm mcp_in.json"
        }.joined(separator: "\n"))
      try bench.expect((0..<30).map(Self.numbered))
      try expectNothingLeft(bench)
    }

    /// It takes its message back at once: where nobody has seen it by then it is gone, but none comes twice or late.
    @Test func aClientThatRemovesItAtOnce() throws {
      let bench = try bench(2000)
      let lines = (0..<100).map(Self.numbered)
      try bench.shell(
        lines.map { "echo '\($0)' > mcp_in.json; cat mcp_in.json >/dev/null; [ -f mcp_in.json ]; rm mcp_in.json" }
          .joined(separator: "\n"))
      try expectNothingLeft(bench)
      let came = bench.sink.texts
      #expect(came == lines.filter(Set(came).contains))
    }

    @Test func aClientThatWaitsUntilItIsGone() throws {
      let bench = try bench()
      try bench.shell("echo '\(Self.numbered(1))' > mcp_in.json; while [ -e mcp_in.json ]; do sleep 0.01; done")
      try bench.expect([Self.numbered(1)])
      try expectNothingLeft(bench)
    }

    /// `M` and `N` are messages; what is written while the first one lingers, and what must come of it.
    @Test(
      arguments: [
        ("echo N > mcp_in.json", ["M", "N"]), ("echo M > mcp_in.json", ["M", "M"]),
        ("echo N >> mcp_in.json", ["M", "N"]), ("echo M >> mcp_in.json", ["M", "M"]),
        ("echo N > .t; mv .t mcp_in.json", ["M", "N"]), ("echo M > .t; mv .t mcp_in.json", ["M", "M"]),
        ("rm mcp_in.json; echo M > mcp_in.json", ["M", "M"]), (": > mcp_in.json", ["M"]),
        ("chmod 600 mcp_in.json", ["M"]),
        ("rm mcp_in.json", ["M"]), ("echo N > .t; cp -p .t mcp_in.json", ["M", "N"]),
      ])
    func whileItLingers(_ script: String, _ expected: [String]) throws {
      let bench = try bench(300)
      let texts = ["M": Self.numbered(1), "N": Self.numbered(2)]
      func filled(_ text: String) -> String {
        texts.reduce(text) { $0.replacing(" \($1.key) ", with: " '\($1.value)' ") }
      }
      try bench.shell(filled("echo M > mcp_in.json"))
      try bench.run { bench.sink.texts.count == 1 && bench.sink.unsettled.isEmpty }
      try bench.shell(filled(script))
      try expectNothingLeft(bench)
      #expect(bench.sink.texts == expected.compactMap { texts[$0] })
    }

    @Test func aMessageInTwoParts() throws {
      let bench = try bench(200)
      let text = Self.numbered(1)
      try bench.shell(
        "printf %s '\(text.prefix(9))' > mcp_in.json; sleep 0.2; echo '\(text.dropFirst(9))' >> mcp_in.json")
      try bench.expect([text])
      try expectNothingLeft(bench)
    }

    @Test(arguments: [
      "ln ../secret mcp_in.json", "ln -s ../secret mcp_in.json", "mkfifo mcp_in.json", "mkdir mcp_in.json",
      "head -c 5000 /dev/zero > mcp_in.json",
    ])
    func whatIsRefusedDoesNotStay(_ script: String) throws {
      let bench = try bench(3_600_000)
      try bench.root.write("secret", #"{"method":"secret"}"#)
      try bench.shell(script)
      try bench.run { try bench.sink.arrivals.count == 1 && !isPresent(bench) }
      #expect(bench.sink.arrivals.first?.refusal != nil && bench.sink.texts.isEmpty)
      try bench.shell("echo '\(Self.numbered(1))' > mcp_in.json")
      try bench.run { bench.sink.arrivals.count == 2 }
      #expect(bench.sink.texts.last == Self.numbered(1))
    }

    /// What was taken is known after a restart; what was written meanwhile is new.
    @Test(arguments: [
      ("true", ["M"]), ("echo M > mcp_in.json", ["M", "M"]), ("echo N > mcp_in.json", ["M", "N"]),
      ("echo N >> mcp_in.json", ["M", "N"]), ("rm -f mcp_in.json", ["M"]),
    ])
    func aRestartKnowsWhatWasTaken(_ script: String, _ expected: [String]) throws {
      let bench = try bench(3_600_000)
      let texts = ["M": Self.numbered(1), "N": Self.numbered(2)]
      try bench.shell("echo '\(Self.numbered(1))' > mcp_in.json")
      try bench.run { bench.sink.texts.count == 1 && bench.sink.unsettled.isEmpty }
      try bench.kill()
      let filled = texts.reduce(script) { $0.replacing(" \($1.key) ", with: " '\($1.value)' ") }
      let child = try ChildProcess.start(
        ProgramStart(
          path: "/bin/sh", arguments: ["sh", "-euc", filled + "; : > .done"], environment: ["PATH=/usr/bin:/bin"],
          directory: bench.drop))
      defer { child.endAndReap() }
      let deadline = Deadline()
      while try Directory.open(bench.drop).status(of: ".done") == nil, !deadline.hasPassed {
        Wait.pause(nanoseconds: 1_000_000)
      }
      bench.linger = 100_000_000
      try bench.open()
      try expectNothingLeft(bench)
      let wanted = expected.compactMap { texts[$0] }
      // Each was handed out once, by whichever of the two receivers.
      #expect(bench.sink.texts == Array(wanted.dropFirst()))
    }
  }
}
