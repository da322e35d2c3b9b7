import SluiceSystem
import Testing

/// kill -9 at random moments under traffic: what was claimed ends once, whatever was killed.
@Suite(.serialized, .printsLogs)
struct KillTests {
  static let handler = #"read -r line; printf '%s\n' "$line" >>"$1"; sleep 0.01; echo '{"result":"pong"}'"#
  private static let rounds = 10

  enum Victim: String, CaseIterable, Sendable { case server, relay, both }

  @Test("Crash 45: drops survive server, relay or both being killed at random", arguments: Victim.allCases)
  func dropsSurvive(victim: Victim) throws {
    try Rehearsal.run { channel in
      try channel.configure(try channel.scriptHandler(Self.handler))
      var (server, relay) = (try channel.serve(), try channel.relay())
      try channel.waitForRelay()
      try channel.apply("run-file")
      let writer = try channel.writer("drop")
      for _ in 0..<Self.rounds {
        Self.aWhile()
        if victim != .relay { server.kill() }
        if victim != .server { relay.kill() }
        Self.aWhile(atMost: 40_000_000)
        if victim != .relay { server = try channel.serve() }
        if victim != .server { relay = try channel.relay() }
      }
      let count = try channel.stop(writer, "drop")
      try channel.waitForRelay()
      try channel.waitUntilDrained()
      try Account(channel).expectEach(of: "drop", upTo: count)
      try Self.expectInterruptionsAreRecorded(channel)
    }
  }

  /// The relay keeps the FIFO open, and the run file is a file: what waits in them survives the server.
  @Test(arguments: ["run-file", "fifo"])
  func linesSurviveTheServer(route: String) throws {
    try Rehearsal.run { channel in
      try channel.configure(try channel.scriptHandler(Self.handler))
      var server = try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("fifo")
      let writer = try channel.writer(route)
      for _ in 0..<Self.rounds {
        Self.aWhile()
        server.kill()
        Self.aWhile(atMost: 40_000_000)
        server = try channel.serve()
      }
      let count = try channel.stop(writer, route)
      try channel.waitForRelay()
      var left: [String] = []
      try eventually("these lines have their end: \(left)", seconds: 30) {
        let account = try Account(channel)
        left = (1...max(count, 1)).map { LegacyWriter.message(route, $0) }
          .filter { account.handled[$0] == nil && account.quarantined[$0] == nil }
        return left.isEmpty
      }
      try channel.waitUntilDrained()
      try Account(channel).expectEach(of: route, upTo: count)
      try Self.expectInterruptionsAreRecorded(channel)
    }
  }

  private static func expectInterruptionsAreRecorded(_ channel: Rehearsal) throws {
    try channel.expectOneEndEach()
    for record in try channel.events("quarantined") {
      #expect(record.text("reason") == "the handler was interrupted and may have acted")
    }
    let kept = try channel.keptNames()
    #expect(Set(kept) == Set(try channel.events("quarantined").map { $0.text("id") ?? "" }))
    try channel.expectProven()
    let chain = try channel.sluice("audit", "verify", "--relay")
    #expect(chain.status == 0, "\(chain)")
  }

  /// A random moment: nothing is waited for.
  private static func aWhile(atMost nanoseconds: Int64 = 200_000_000) {
    Wait.pause(nanoseconds: Int64.random(in: 0..<nanoseconds))
  }

  /// A run that was killed leaves nothing to clean up: the same command goes on.
  @Test func aKilledMigrationGoesOn() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      var interruptions = 0
      for phase in ["socket", "file-drop", "socket"] {
        let verb = phase == "file-drop" ? "rollback" : "apply"
        // The last are for where all is slow, as under a sanitizer: some are to be killed in the middle.
        for patience: Int64 in [150_000_000, 150_000_000, 150_000_000, 600_000_000, 2_400_000_000] {
          let run = try channel.start(verb, "--to", phase, "--yes")
          Self.aWhile(atMost: patience)
          run.kill()
          let runs = try JSONText.object(try channel.sluice("--json", "history").output).objects("runs")
          interruptions += runs.count { $0.text("result") == "interrupted" }
        }
        let last = try channel.sluice(verb, "--to", phase, "--yes")
        #expect(last.status == 0, "\(last)")
        #expect(try channel.status().text("phase") == phase)
        try channel.expectProven()
      }
      #expect(interruptions > 0, "none was killed in the middle")
      // Each was gone on with: none is left behind.
      let history = try channel.sluice("history", "--limit", "100")
      #expect(!history.output.contains("interrupted"), "\(history)")
    }
  }
}
