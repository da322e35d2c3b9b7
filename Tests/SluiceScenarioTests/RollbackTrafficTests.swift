import SluiceChannel
import SluiceSystem
import Testing

/// Rollbacks while clients of every route go on writing, also to routes that are closed by then.
@Suite(.serialized, .printsLogs)
struct RollbackTrafficTests {
  private static let writers = ["drop", "run-file", "fifo", "primary", "socket"]

  /// Where a message ended: with our handler, or with the old server.
  private static func expectEach(_ channel: Rehearsal, _ counts: [String: Int], handled: [String], taken: [String]) {
    for (writer, count) in counts {
      let sent = count > 0 ? (1...count).map { LegacyWriter.message(writer, $0) } : []
      let ours = handled.filter(Set(sent).contains)
      let theirs = taken.filter(Set(sent).contains)
      var times: [String: Int] = [:]
      for line in ours + theirs { times[line, default: 0] += 1 }
      let lost = sent.filter { times[$0] == nil }
      let twice = times.filter { $0.value > 1 }.keys
      #expect(count > 5 && lost.isEmpty && twice.isEmpty, "\(writer) of \(count): lost \(lost), twice \(twice)")
      // A client that waits for nothing may be answered out of turn where its route is closed under it.
      if writer != "fifo" { #expect(ours == sent.filter(Set(ours).contains), "\(writer) is out of order") }
      #expect(theirs == sent.filter(Set(theirs).contains), "\(writer) is out of order at the old server")
    }
  }

  @Test(arguments: [["fifo", "run-file", "file-drop"], ["file-drop"]])
  func nothingIsLostOrDoubled(steps: [String]) throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("socket")
      var running: [String: RunningProgram] = [:]
      for name in Self.writers { running[name] = try channel.writer(name) }
      func expectTraffic(_ names: [String]) throws {
        func count(_ name: String) throws -> Int {
          try Files.lines(channel.record).count { $0.contains("\"\(name)-") }
        }
        for name in names {
          let before = try count(name)
          try eventually("more messages of \(name)") { try count(name) > before + 5 }
        }
      }
      try expectTraffic(Self.writers)
      var counts: [String: Int] = [:]
      for phase in steps {
        if phase == "file-drop" {
          // Its client has nowhere to go from here on.
          counts["primary"] = try channel.stop(try #require(running["primary"]), "primary")
        }
        let down = try channel.sluice("rollback", "--to", phase, "--yes")
        #expect(down.status == 0, "\(down)")
        // Also those whose routes are closed now.
        try expectTraffic(["run-file", "fifo"])
      }
      // What the old server overwrites or misses is its own: it comes when its clients have gone.
      for name in Self.writers where name != "primary" {
        counts[name] = try channel.stop(try #require(running[name]), name)
      }
      let old = try channel.oldServer()
      let total = counts.values.reduce(0, +)
      func ended() throws -> Int { try Files.lines(channel.record).count + channel.taken().count }
      try eventually("all have ended: \((try? ended()) ?? 0) of \(total)", seconds: 60) { try ended() >= total }
      Self.expectEach(channel, counts, handled: try Files.lines(channel.record), taken: try channel.taken())
      try channel.expectOneEndEach()
      try eventually("nothing is left at the closed paths") {
        try ["mcp.sock", "mcp.fifo", "mcp_in.json", "claimed"].allSatisfy { name in
          try !Files.exists("\(channel.runtime)/\(name)")
        }
      }
      try channel.expectProven()
      try channel.stopOldServer(old)
    }
  }

  /// A handler that hangs keeps nobody from going back, and what it holds is settled in the end.
  @Test func aHangingHandlerKeepsNobody() throws {
    try Rehearsal.run { channel in
      let hanging = """
        read -r line
        while ! [ -e "${1%/*}/go" ]; do sleep 0.02; done
        printf '%s\\n' "$line" >>"$1"; echo '{"result":"pong"}'
        """
      try channel.configure(try channel.scriptHandler(hanging, more: #"deadline: "60s""#))
      var server = try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("fifo")
      for number in 1...5 {
        _ = try channel.shell(
          #"( flock -x 200; echo "$1" >> "$DIR/mcp_in.json" ) 200>"$DIR/mcp.lock"; echo "$2" > "$DIR/mcp.fifo""#,
          LegacyWriter.message("file", number), LegacyWriter.message("fifo", number))
      }
      // Of the run file, one claim at a time.
      try eventually("both handlers hang") { try channel.status().number("inFlight") ?? 0 >= 6 }
      let down = try channel.sluice("rollback", "--to", "file-drop", "--yes")
      #expect(down.status == 0, "\(down)")
      #expect(try channel.status().text("phase") == "file-drop")
      // A server that starts now finds what waits, though both routes are closed; what a handler had is kept aside.
      server.kill()
      try Files.write("\(channel.root)/go", "")
      server = try channel.serve()
      for name in ["file", "fifo"] { try channel.waitUntilHandled(LegacyWriter.message(name, 5)) }
      // The killed server's handlers may have acted on the first ones: these are kept aside as interrupted.
      // (So is a probe that waited behind them: the new server knows nothing of it.)
      let kept = try channel.keptNames().map { try Files.text("\(channel.quarantine)/\($0)") }
      #expect(kept.count { $0.contains("\"file-1\"") || $0.contains("\"fifo-1\"") } == 2, "\(kept)")
      for name in ["file", "fifo"] {
        let lines = try Files.lines(channel.record).filter {
          $0.contains("\"\(name)-") && $0 != LegacyWriter.message(name, 1)
        }
        #expect(lines == (2...5).map { LegacyWriter.message(name, $0) })
      }
      try eventually("nothing is left") {
        try !Files.exists("\(channel.runtime)/claimed")
          && Files.names("\(channel.state)/spool").allSatisfy { !$0.hasPrefix("f") }
      }
      try channel.expectProven()
    }
  }
}
