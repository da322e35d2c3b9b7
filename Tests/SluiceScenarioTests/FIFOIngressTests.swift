import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// A FIFO of the relay's in the stead of drops (legacy.ingress 'fifo').
@Suite(.serialized, .printsLogs)
struct FIFOIngressTests {
  private func run(_ body: (Rehearsal, Service) throws -> Void) throws {
    try Rehearsal.run { channel in
      let handler = #"read -r line; printf '%s\n' "$line" >>"$1"; echo '{"result":"pong"}'"#
      try channel.configure(try channel.scriptHandler(handler), legacy: #"ingress: "fifo""#)
      try channel.serve()
      let relay = try channel.relay()
      try channel.waitForRelay()
      try channel.apply("run-file")
      try eventually("the FIFO stands there") { try Files.status(channel.drop)?.kind == .fifo }
      try body(channel, relay)
    }
  }

  /// Everything that went in has come out.
  private func drain(_ channel: Rehearsal) throws {
    try eventually("nothing is on its way", seconds: 30) {
      let status = try channel.status()
      return try status.number("inFlight") == 0 && status.number("relayPending") == 0
        && Files.names("\(channel.state)/spool").filter { !$0.hasPrefix("f") && !$0.hasPrefix(".") }.isEmpty
    }
  }

  @Test("fifo: lines of several writers arrive whole, once, with nobody named as the writer") func linesArrive() throws
  {
    try run { channel, relay in
      #expect(try Files.status(channel.drop)?.mode == 0o622)
      #expect(relay.log.contains("'fifo': a FIFO stands at"), "\(relay.log)")
      let outcome = try channel.shell(
        #"for w in a b c d; do (for i in {1..50}; do echo '{"method":"note","params":{"label":"'$w-$i'"}}' > "$DROP"; done) & done; wait"#
      )
      #expect(outcome.status == 0, "\(outcome)")
      try drain(channel)
      let lines = try Files.lines(channel.record)
      #expect(lines.count == 200 && Set(lines).count == 200)
      for writer in ["a", "b", "c", "d"] {
        let own = lines.filter { $0.contains("\"label\":\"\(writer)-") }
        #expect(own == (1...50).map { LegacyWriter.message(writer, $0) })
      }
      let record = try #require(try channel.events("handled").last)
      #expect(record.text("attestation") == "none" && record.text("path") == channel.drop, "\(record)")
      try channel.expectOneEndEach()
      try channel.expectBalanced()
    }
  }

  @Test("fifo: what replaces it is taken as a drop, and it is put there again", arguments: ["rm", "mv", "ln -f"])
  func itIsPlantedAgain(_ how: String) throws {
    try run { channel, relay in
      for number in 1...5 {
        let message = LegacyWriter.message("turn", number * 2 - 1)
        switch how {
        case "rm": try channel.shell(#"rm -f "$DROP"; echo "$1" > "$DROP""#, message)
        default: try channel.shell(#"echo "$1" > "$DROP.new"; \#(how) "$DROP.new" "$DROP"; rm -f "$DROP.new""#, message)
        }
        try eventually("the FIFO is back") { try Files.status(channel.drop)?.kind == .fifo }
        try channel.shell(#"echo "$1" > "$DROP""#, LegacyWriter.message("turn", number * 2))
        try channel.waitUntilHandled(LegacyWriter.message("turn", number * 2))
      }
      try drain(channel)
      #expect(try Files.lines(channel.record).sorted() == (1...10).map { LegacyWriter.message("turn", $0) }.sorted())
      #expect(relay.isRunning)
      try channel.expectOneEndEach()
    }
  }

  @Test("fifo: a foreign FIFO at the path is not written through") func aForeignFIFOIsTakenAway() throws {
    try run { channel, _ in
      try channel.shell(#"rm "$DROP"; mkfifo -m 666 "$DROP""#)
      try eventually("ours is back") {
        guard let found = try Files.status(channel.drop) else { return false }
        return found.kind == .fifo && found.mode == 0o622
      }
      try channel.shell(#"echo '{"method":"after"}' > "$DROP""#)
      try channel.waitUntilHandled(#"{"method":"after"}"#)
    }
  }

  @Test("fifo: stopping and going back leave the path absent") func itGoesWithTheRelay() throws {
    try run { channel, relay in
      try channel.shell(#"echo '{"method":"one"}' > "$DROP""#)
      try relay.terminate()
      #expect(try relay.end() == 0)
      #expect(try !Files.exists(channel.drop))
      try channel.relay()
      try channel.waitForRelay()
      try eventually("the FIFO is back") { try Files.status(channel.drop)?.kind == .fifo }
      try channel.rollback("file-drop")
      try eventually("the path is free for the old server") { try !Files.exists(channel.drop) }
      try channel.shell(#"echo '{"method":"old"}' > "$DROP""#)
      #expect(try Files.text(channel.drop) == "{\"method\":\"old\"}\n")
      try Files.remove(channel.drop)
      try channel.apply("run-file")
      try eventually("the FIFO is back") { try Files.status(channel.drop)?.kind == .fifo }
      try channel.shell(#"echo '{"method":"two"}' > "$DROP""#)
      try channel.waitUntilHandled(#"{"method":"two"}"#)
      #expect(try Files.lines(channel.record) == [#"{"method":"one"}"#, #"{"method":"two"}"#])
    }
  }

  @Test("fifo: a long line is kept aside, and harms no other") func aLongLineIsKeptAside() throws {
    try run { channel, _ in
      try channel.shell(
        #"printf '{"method":"long","params":{"pad":"%09000d"}}\n' 1 > "$DROP"; echo '{"method":"next"}' > "$DROP""#)
      try channel.waitUntilHandled(#"{"method":"next"}"#)
      try drain(channel)
      #expect(try Files.lines(channel.record) == [#"{"method":"next"}"#])
      #expect(try channel.keptNames().count == 1)
      let kept = try #require(try channel.events("quarantined").last)
      #expect(kept.text("reason")?.contains("without its digest") == true)
    }
  }

  @Test("fifo: what is in the pipe outlives a kill of the relay, and is counted") func thePipeOutlivesTheRelay() throws
  {
    try run { channel, relay in
      try eventually("the server holds it open") { try channel.serverHoldsStandIn() }
      try relay.signal("STOP")
      let write = #"for i in {1..20}; do echo '{"method":"note","params":{"label":"turn-'$i'"}}'; done > "$DROP""#
      #expect(try channel.shell(write).status == 0)
      relay.kill()
      // Whoever comes while there is no relay waits for nothing.
      #expect(try channel.shell(#"echo '{"method":"note","params":{"label":"turn-21"}}' > "$DROP""#).status == 0)
      try channel.relay()
      try channel.waitForRelay()
      try channel.waitUntilHandled(LegacyWriter.message("turn", 21))
      try drain(channel)
      #expect(try Files.lines(channel.record) == (1...21).map { LegacyWriter.message("turn", $0) })
      try eventually("the relay counts its lines") {
        try channel.status().objects("legacyPaths").first { $0.text("path") == channel.drop }?.number("claimed") ?? 0
          >= 21
      }
    }
  }

  /// The server holds the pipe while there is no relay.
  @Test(
    "fifo: killed at each point, nothing that was read is lost, twice, torn or out of order",
    .enabled(if: StopPoint.isCompiledIn, "the build has no stop points"))
  func theRelayIsKilledAtEachPoint() throws {
    let points: [StopPoint] = [
      .fifoDrafted, .fifoPlanted, .spliced, .spooled, .lineRetired, .sent, .settled, .despooled, .journalDrafted,
      .journalCut, .journalCarried, .relayRecovered,
    ]
    let kills = Process.environment("SLUICE_RELAY_KILLS").flatMap { Int($0) }.map { $0 / 2 } ?? 36
    try run { channel, relay in
      try eventually("the server holds it open") { try channel.serverHoldsStandIn() }
      relay.kill()
      var stopped: [String: Int] = [:]
      let writer = try RunningProgram(
        [
          "/bin/bash", "-c",
          #"exec {quiet}<> <(:); n=0; while [[ ! -e $ROOT/stop-turn ]]; do m='{"method":"note","params":{"label":"turn-'$((n + 1))'"}}'; if ((n % 7)); then echo "$m"; else printf '%s' "${m:0:12}"; read -rt 0.002 -u "$quiet" || true; printf '%s\n' "${m:12}"; fi > "$DROP" || exit 3; n=$((n + 1)); read -rt 0.003 -u "$quiet" || true; done; echo "$n""#,
        ], variables: channel.clientVariables)
      for number in 0..<kills {
        let point = points[number % points.count]
        let count = [.relayRecovered, .fifoDrafted, .fifoPlanted].contains(point) ? 1 : Int.random(in: 1...6)
        let relay = try channel.launch("relay", ["relay"], more: ["SLUICE_STOP=\(point.rawValue):\(count)"])
        let deadline = Clock.monotonic + 400_000_000
        while relay.isRunning, Clock.monotonic < deadline { try writer.pump() }
        stopped[relay.isRunning ? "elsewhere" : point.rawValue, default: 0] += 1
        relay.kill()
      }
      try channel.relay()
      try channel.waitForRelay()
      try Files.write("\(channel.root)/stop-turn", "")
      let written = try writer.end(seconds: 120)
      let count = try #require(written.lines.last.flatMap { Int($0) }, "\(written)")
      try drain(channel)
      let account = try CrashAccount(channel, written: count)
      print("fifo ingress: \(count) lines, stopped \(stopped.sorted { $0.key < $1.key }); \(account)")
      #expect(account.isClean && account.interrupted == 0, "\(account)")
      try channel.expectOneEndEach()
    }
  }

  @Test(
    "fifo: fs.protected_fifos decides, and the start says so",
    .enabled(if: ForeignRelay.isAvailable, Comment(rawValue: ForeignRelay.reason)), arguments: ["0", "1"])
  func protectedFIFOs(_ value: String) throws {
    let path = "/proc/sys/fs/protected_fifos"
    let before = try Files.text(path)
    if !before.hasPrefix(value) {
      guard Process.environment("SLUICE_TEST_SYSCTL") != nil else {
        print("skipped: SLUICE_TEST_SYSCTL is not set; fs.protected_fifos is \(before)")
        return
      }
      _ = try RunningProgram(["/bin/sh", "-c", "echo \(value) > \(path)"]).end()
    }
    defer { _ = try? RunningProgram(["/bin/sh", "-c", "printf %s '\(before)' > \(path)"]).end() }
    try Rehearsal.run(isOpen: true, user: Users.strangerPrefix(ForeignRelay.attacker)) { channel in
      try channel.configure("", legacy: #"ingress: "fifo""#)
      try channel.giveAway(to: ForeignRelay.attacker)
      _ = try RunningProgram(["chown", "0:0", "\(channel.root)/tmp"]).end()
      let relay = try channel.launch("relay", ["relay"])
      if value == "0" {
        try relay.waitUntilReady()
      } else {
        #expect(try relay.end() == 1)
        #expect(relay.log.contains("fs.protected_fifos is \(value)"), "\(relay.log)")
      }
    }
  }
}

extension Rehearsal {
  /// Whether the server has the FIFO open that stands in for drops.
  fileprivate func serverHoldsStandIn() throws -> Bool {
    let pid = try status().number("pid") ?? 0
    return try RunningProgram(["/bin/sh", "-c", "ls -l /proc/\(pid)/fd"]).end().output.contains("-> \(drop)\n")
  }
}
