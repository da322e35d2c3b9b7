import SluicePolicy
import SluiceSystem
import SluiceTestSupport
import SluiceTransports
import Testing
import SluiceWire
import SluiceChannel

/// A message that came in two drops: the beginning waits for the rest, and for nothing else.
extension TransportTests {
  @Suite struct Fragment {
    private static let begun = #"{"method":"#
    private static let rest = #""note"}"#

    private func claimed(_ bench: TransportBench) throws {
      try bench.run { try Directory.open(bench.drop).status(of: "mcp_in.json") == nil }
    }

    @Test(arguments: [1, 2])
    func theRestIsJoined(pieces: Int) throws {
      let bench = try TransportBench(.fileDrop)
      try bench.open()
      try bench.shell("printf '%s' '\(Self.begun)' > mcp_in.json")
      try claimed(bench)
      if pieces == 2 {
        try bench.shell("printf ' ' > mcp_in.json")
        try claimed(bench)
      }
      for _ in 0..<20 { try bench.turn() }
      #expect(bench.sink.arrivals.isEmpty, "a beginning waits")
      try bench.shell("echo '\(Self.rest)' >> mcp_in.json")
      try bench.expect([Self.begun + Self.rest])
      try bench.run { try Directory.open(bench.claims).names() == [] }
    }

    @Test func aWholeMessageIsNoRest() throws {
      let bench = try TransportBench(.fileDrop)
      try bench.open()
      try bench.shell("printf '%s' '\(Self.begun)' > mcp_in.json")
      try claimed(bench)
      try bench.shell(#"echo '{"method":"ping"}' > mcp_in.json"#)
      try bench.run { bench.sink.arrivals.count == 2 }
      #expect(bench.sink.texts == [#"{"method":"ping"}"#])
      #expect(bench.sink.arrivals.compactMap(\.refusal).map(\.reason).first?.contains("rest never came") == true)
      #expect(bench.sink.arrivals.first { $0.refusal != nil }?.text == Self.begun)
    }

    @Test func itWaitsForAWhileOnly() throws {
      let bench = try TransportBench(.fileDrop)
      try bench.open()
      try bench.shell("printf '%s' '\(Self.begun)' > mcp_in.json")
      try bench.run { bench.sink.arrivals.count == 1 }
      #expect(bench.sink.arrivals.first?.refusal != nil)
      try bench.shell("echo '\(Self.rest)' > mcp_in.json")
      try bench.run { bench.sink.arrivals.count == 2 }
      #expect(bench.sink.texts == [], "the rest by itself is no message")
    }

    @Test(.enabled(if: Privilege.isRoot, "\(Privilege.reason)"))
    func anotherUsersDropIsNoRest() throws {
      let bench = try TransportBench(.fileDrop)
      try bench.open()
      try bench.shell("printf '%s' '\(Self.begun)' > mcp_in.json")
      try claimed(bench)
      try bench.shell("echo '\(Self.rest)' > .other; chown 1234 .other; mv .other mcp_in.json")
      try bench.run { bench.sink.arrivals.count == 2 }
      #expect(bench.sink.texts == [])
    }
  }
}
