import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// Logs that go on in new files while the services work, in their sandbox, and through kills.
@Suite(.serialized, .printsLogs)
struct LogRotationTests {
  private static let settings = #"audit: { rotate: "64K", keep: 3 }"#

  private func logs(_ channel: Rehearsal, _ name: String) throws -> [String] {
    try Files.names("\(channel.root)/var/log/sluice/parrot-mcp").filter { $0.hasPrefix("\(name).0") }
  }

  private func expectIntact(_ channel: Rehearsal) throws {
    for words in [["audit", "verify"], ["audit", "verify", "--relay"]] {
      let outcome = try RunningProgram(channel.words(words), variables: channel.variables).end()
      #expect(outcome.status == 0 && outcome.output.contains("intact"), "\(outcome)")
      // The relay's log may not have come to its fifth file yet.
      #expect(outcome.output.contains("in 4 files"), "\(outcome)")
      #expect(words.count == 3 || outcome.output.contains("let go of, on record"), "\(outcome)")
    }
    let verified = try channel.sluice("verify")
    #expect(!verified.output.contains("the ledger has") && !verified.output.contains("violated"), "\(verified)")
  }

  @Test("Logs go on in new files, few of which are kept, and the account still balances") func logsAreBounded() throws {
    try Rehearsal.run(Self.settings) { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("socket")
      // How many records fill a file depends on how they come together into seals.
      for _ in 0..<12 where try logs(channel, "relay.jsonl").count < 3 {
        let outcome = try channel.shell(
          #"for i in {1..300}; do echo '{"method":"ping"}' > "$DROP"; while [[ -e $DROP ]]; do :; done; done"#)
        #expect(outcome.status == 0, "\(outcome)")
      }
      let line = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#
      let input = String(repeating: line + "\n", count: 3000)
      let sent = try RunningProgram(
        ["timeout", "60", "socat", "-t", "20", "-", "UNIX-CONNECT:\(channel.socket)"], input: Array(input.utf8),
        variables: channel.clientVariables
      ).end(seconds: 60)
      #expect(sent.lines.count == 3000)
      try channel.waitUntilDrained()
      try eventually("both have gone on in new files") {
        try logs(channel, "audit.jsonl").count == 3 && logs(channel, "relay.jsonl").count == 3
      }
      try expectIntact(channel)
      let shown = try channel.sluice("audit", "show", "--last", "5000")
      let records = shown.lines.count
      #expect(shown.status == 0 && records > 500)
      #expect(try channel.sluice("audit", "show", "--event", "log-dropped").lines.count > 0)
    }
  }

  @Test(
    "Logs go on in new files through kills at each step",
    .enabled(if: StopPoint.isCompiledIn, "the build has no stop points"))
  func killsInBetween() throws {
    try Rehearsal.run(Self.settings) { channel in
      var server = try channel.serve()
      var relay = try channel.relay()
      try channel.waitForRelay()
      try channel.apply("socket")
      let writer = try RunningProgram(
        [
          "/bin/bash", "-c",
          #"n=0; while [[ ! -e $ROOT/stop-turn ]]; do echo '{"method":"ping"}' > "$DROP"; while [[ -e $DROP ]]; do [[ ! -e $ROOT/stop-turn ]] || break; read -rt 0.001 <> <(:) || true; done; n=$((n + 1)); done; echo "$n""#,
        ], variables: channel.clientVariables)
      var stopped = 0
      for (index, point) in [StopPoint.logDrafted, .logMoved, .logRotated, .logDropping].enumerated() {
        for victim in ["serve", "relay"] {
          (victim == "serve" ? server : relay).kill()
          let service = try channel.launch(victim, [victim], more: ["SLUICE_STOP=\(point.rawValue):1"])
          let deadline = Clock.monotonic + 12_000_000_000
          while service.isRunning, Clock.monotonic < deadline { try writer.pump() }
          if !service.isRunning { stopped += 1 }
          service.kill()
          if victim == "serve" { server = try channel.serve() } else { relay = try channel.relay() }
        }
        print("log rotation: after \(index + 1) points \(stopped) stops")
      }
      try Files.write("\(channel.root)/stop-turn", "")
      _ = try writer.end(seconds: 60)
      try channel.waitForRelay()
      try channel.waitUntilDrained()
      #expect(stopped >= 4)
      for words in [["audit", "verify"], ["audit", "verify", "--relay"], ["verify", "--since", "1ms"]] {
        let outcome = try RunningProgram(channel.words(words), variables: channel.variables).end()
        #expect(outcome.status == 0 && !outcome.output.contains("violated"), "\(outcome)")
      }
    }
  }
}
