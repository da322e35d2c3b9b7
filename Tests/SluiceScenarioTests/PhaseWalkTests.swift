import SluiceChannel
import Testing

/// A live channel goes up and down with writers on every route, by the manifests as they are.
@Suite(.serialized, .printsLogs)
struct PhaseWalkTests {
  @Test func noMessageIsLostOrDoubledOnTheWay() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.useManifestsAsTheyAre()
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      var writers = ["drop": try channel.writer("drop")]
      var counts: [String: Int] = [:]
      for (phase, begins) in [
        ("run-file", ["run-file", "primary"]), ("fifo", ["fifo"]), ("socket", ["socket"]), ("fifo", []), ("socket", []),
      ] {
        let verb = try channel.status().text("phase") == "socket" ? "rollback" : "apply"
        let outcome = try channel.sluice(verb, "--to", phase, "--yes")
        #expect(outcome.status == 0, "\(outcome)")
        try Self.expectEndpoint(channel, phase)
        for name in begins { writers[name] = try channel.writer(name) }
        try Self.expectTraffic(channel, Array(writers.keys) + [phase == "socket" ? "socket" : "drop"])
        try channel.expectProven()
      }
      for name in ["run-file", "primary", "fifo", "socket"] {
        counts[name] = try channel.stop(try #require(writers[name]), name)
      }
      let down = try channel.sluice("rollback", "--to", "file-drop", "--yes")
      #expect(down.status == 0, "\(down)")
      try channel.expectProven()
      counts["drop"] = try channel.stop(try #require(writers["drop"]), "drop")
      try Self.expectAccount(channel, counts)
    }
  }

  private static func expectAccount(_ channel: Rehearsal, _ counts: [String: Int]) throws {
    var counts = counts
    // In phase 0 the last drop waits for the old server.
    if try Files.exists(channel.drop) {
      let last = try #require(counts["drop"])
      #expect(try Files.text(channel.drop) == LegacyWriter.message("drop", last) + "\n")
      counts["drop"] = last - 1
    }
    let account = try Account(channel)
    for (name, count) in counts { account.expectEach(of: name, upTo: count) }
    #expect(account.quarantined.isEmpty)
    #expect(account.handled.values.reduce(0, +) == counts.values.reduce(0, +))
    try channel.expectOneEndEach()
    for name in ["mcp.sock", "mcp.fifo", "mcp_in.json"] {
      #expect(try !Files.exists("\(channel.runtime)/\(name)"), "\(name) is still there")
    }
  }

  private static func expectEndpoint(_ channel: Rehearsal, _ phase: String) throws {
    let lines = try Files.lines("\(channel.runtime)/endpoint")
    #expect(lines.contains("SLUICE_TRANSPORT=\(phase)"), "\(lines)")
    #expect(try channel.status().text("phase") == phase)
  }

  /// More messages of each writer are handled than when this was asked.
  private static func expectTraffic(_ channel: Rehearsal, _ names: [String]) throws {
    func count(_ name: String) throws -> Int {
      try Files.lines(channel.record).count { $0.contains("\"\(name)-") }
    }
    let isOpen = try channel.status().text("phase") == "socket"
    for name in names where name != "socket" || isOpen {
      let before = try count(name)
      try eventually("more messages of \(name)") { try count(name) > before + 3 }
    }
  }

  /// `sluice send --request` asks where to send, every time.
  @Test func sendFollowsThePrimary() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      for phase in ["run-file", "fifo", "socket"] {
        try channel.apply(phase)
        let message = #"{"jsonrpc":"2.0","id":"\#(phase)","method":"note"}"#
        let reply = try channel.sluice("send", "--request", message)
        #expect(reply.output == #"{"jsonrpc":"2.0","id":"\#(phase)","result":"pong"}"# + "\n", "\(reply)")
        let silent = try channel.sluice("send", message)
        #expect(silent.status == 0 && silent.output.isEmpty && silent.errors.isEmpty, "\(silent)")
        try eventually("both were counted for \(phase)") { try channel.count(phase, "handled") == 2 }
      }
    }
  }

  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
  func anOrdinaryUserCanRehearse() throws {
    try Rehearsal.run(isOpen: true, user: SecondUser.prefix) { channel in
      try channel.giveAway(to: SecondUser.id)
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("socket")
      let outcome = try channel.shell(
        #"echo '{"method":"ping"}' | socat - UNIX-CONNECT:$DIR/mcp.sock; echo '{"method":"ping"}' > $DROP"#,
        user: SecondUser.prefix)
      #expect(outcome.output == "{\"result\":\"pong\"}\n", "\(outcome)")
      try eventually("the drop is handled") { try channel.count("file-drop", "handled") == 1 }
      try channel.expectProven()
      try channel.rollback("file-drop")
      try channel.expectProven()
    }
  }
}
