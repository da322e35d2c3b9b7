import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// A rollback to the old server gives back what ours has not begun: each message ends in exactly one of the two.
@Suite(.serialized, .printsLogs)
struct HandBackTests {
  /// Hangs until the file `go` is there; then it writes down what it got.
  private static let hanging = """
    read -r line
    while ! [ -e "${1%/*}/go" ]; do sleep 0.02; done
    printf '%s\\n' "$line" >>"$1"; echo '{"result":"pong"}'
    """

  /// A channel in phase run-file whose handler hangs, with drops that wait for it.
  private static func stuck(
    _ messages: Int, user: [String] = [], legacy: String = "", instrumented: Bool = false,
    _ body: (Rehearsal) throws -> Void
  ) throws {
    try Rehearsal.run(isOpen: true) { channel in
      try channel.configure(try channel.scriptHandler(hanging, more: #"deadline: "60s""#), legacy: legacy)
      try channel.serve()
      var relay = try channel.relay()
      try channel.waitForRelay()
      try channel.apply("run-file")
      for number in 1...messages { try channel.dropOne(LegacyWriter.message("turn", number), user: user) }
      try eventually("all are claimed and wait") { try channel.status().number("relayPending") == Int64(messages) }
      if instrumented {
        relay.kill()
        relay = try channel.launch("relay", ["relay"], more: ["SLUICE_STOP=never:1"])
        try channel.waitForRelay()
      }
      try body(channel)
    }
  }

  private static func expectEach(
    _ channel: Rehearsal, _ messages: Int, _ taken: [String], _ location: SourceLocation = #_sourceLocation
  ) throws {
    let sent = (1...messages).map { LegacyWriter.message("turn", $0) }
    let ours = try Files.lines(channel.record)
    for message in sent {
      let count = taken.count { $0 == message } + ours.count { $0 == message }
      #expect(count == 1, "\(message): \(count) times", sourceLocation: location)
    }
    let order = taken.filter { $0.contains("\"turn-") }
    #expect(order == sent.filter(order.contains), "out of order: \(order)", sourceLocation: location)
  }

  @Test func whatIsNotBegunGoesToTheOldServerInOrder() throws {
    try Self.stuck(12) { channel in
      let old = try channel.oldServer()
      let down = try channel.sluice("rollback", "--to", "file-drop", "--yes")
      #expect(down.status == 0, "\(down)")
      try eventually("the old server has taken the rest") { try channel.taken().count == 11 }
      // What the handler had begun is settled by the server.
      try Files.write("\(channel.root)/go", "")
      try eventually("nothing is pending") { try channel.status().number("relayPending") == 0 }
      try Self.expectEach(channel, 12, try channel.taken())
      #expect(try channel.taken() == (2...12).map { LegacyWriter.message("turn", $0) })
      try eventually("the account counts them") {
        try channel.status().objects("legacyPaths").first?.number("returned") == 11
      }
      try eventually("the relay's log has each once") {
        try Files.lines(channel.relayLog).count { $0.contains(#""event":"returned""#) } == 11
      }
      try channel.expectProven()
      try channel.stopOldServer(old)
      // What became of those at the path is nobody's to prove; a time in which none were given back is.
      let verified = try channel.sluice("--json", "verify")
      let report = try JSONText.object(verified.output)
      #expect(verified.status == 3 && report.text("verdict") == "unproven", "\(verified)")
      let line = report.objects("findings").first { $0.text("subject") == "given back" }
      #expect(line?.text("finding")?.hasPrefix("11 given back to \(channel.drop): whether the old server") == true)
      #expect(report.text("next") == "sluice audit show --root \(channel.root) --relay --event returned")
      let later = try channel.sluice("verify", "--since", "1ms")
      #expect(!later.output.contains("given back to \(channel.drop): whether"), "\(later)")
    }
  }

  @Test func nothingIsOverwrittenAndTheRestFollows() throws {
    let (user, legacy) = (SecondUser.isAvailable ? SecondUser.prefix : [], #"reply: "/tmp/mcp_reply.{uid}""#)
    // With replies it has the right to give files away.
    try Self.stuck(4, user: user, legacy: legacy) { channel in
      // Nobody takes anything: one lies at the path, and the rest waits.
      let down = try channel.sluice("rollback", "--to", "file-drop", "--yes")
      #expect(down.status == 0 && (down.output + down.errors).contains("still wait in the relay's spool"), "\(down)")
      #expect(try Files.text(channel.drop) == LegacyWriter.message("turn", 2) + "\n")
      let lying = try #require(try Files.status(channel.drop))
      #expect(lying.mode & 0o777 == 0o644 && lying.links == 1)
      #expect(lying.uid == (SecondUser.isAvailable ? SecondUser.id : Process.effectiveUser), "it is its writer's again")
      let fresh = LegacyWriter.message("fresh", 1)
      _ = try channel.shell(#"echo "$1" >"$DROP.new"; mv "$DROP" "$ROOT/second"; ln "$DROP.new" "$DROP""#, fresh)
      let now = try Files.text(channel.drop)
      #expect(now == fresh + "\n" || now == LegacyWriter.message("turn", 3) + "\n", "\(now)")
      let old = try channel.oldServer()
      let wait = try channel.sluice("rollback", "--to", "file-drop", "--yes")
      #expect(wait.status == 0, "\(wait)")
      try eventually("the old server has the rest") { try channel.taken().contains(LegacyWriter.message("turn", 4)) }
      try Files.write("\(channel.root)/go", "")
      try eventually("nothing is pending") { try channel.status().number("relayPending") == 0 }
      try Self.expectEach(channel, 4, try Files.lines("\(channel.root)/second") + channel.taken())
      try channel.stopOldServer(old)
    }
  }

  @Test func upAgainTheRestIsTheServersAgain() throws {
    try Self.stuck(5) { channel in
      let down = try channel.sluice("rollback", "--to", "file-drop", "--yes")
      #expect(down.status == 0, "\(down)")
      try Files.write("\(channel.root)/go", "")
      let up = try channel.sluice("apply", "--to", "run-file", "--yes")
      #expect(up.status == 0, "\(up)")
      try eventually("all are handled") { try Files.lines(channel.record).count == 5 }
      #expect(try Files.lines(channel.record).sorted() == (1...5).map { LegacyWriter.message("turn", $0) })
      #expect(try Files.names("\(channel.state)/spool").filter { !$0.hasPrefix(".") && !$0.hasPrefix("f") }.isEmpty)
      try channel.expectProven()
    }
  }

  @Test(
    "kill -9 of the relay on the way back: each message is once at the path, or the server's",
    .enabled(if: StopPoint.isCompiledIn, "the build has no stop points"))
  func killsOnTheWayBack() throws {
    try Self.stuck(24, instrumented: true) { channel in
      let down = try channel.start("rollback", "--to", "file-drop", "--yes")
      try eventually("the relay gives back") { try Files.exists(channel.drop) }
      let outcome = try down.end()
      #expect(outcome.status == 0, "\(outcome)")
      try channel.killServices("relay")
      let old = try channel.oldServer()
      // Besides, a writer of new drops that overwrites nothing.
      let writer = try RunningProgram(
        ["/bin/bash", "-c", Self.carefulWriter, "writer", "20"], variables: channel.clientVariables)
      var stops = 0
      for number in 0..<16 {
        let point: StopPoint = number % 2 == 0 ? .returned : .returning
        let relay = try channel.launch("relay", ["relay"], more: ["SLUICE_STOP=\(point.rawValue):\(number % 3 + 1)"])
        let deadline = Clock.monotonic + 700_000_000
        while relay.isRunning, Clock.monotonic < deadline { try writer.pump() }
        if !relay.isRunning { stops += 1 }
        relay.kill()
      }
      #expect(stops > 4, "only \(stops) relays stopped at a point")
      try channel.relay()
      let written = try writer.end()
      #expect(written.status == 0, "\(written)")
      try eventually("the old server has taken all") {
        try channel.taken().count == 23 + 20
      }
      try Files.write("\(channel.root)/go", "")
      try eventually("nothing is pending") { try channel.status().number("relayPending") == 0 }
      try Self.expectEach(channel, 24, try channel.taken())
      let fresh = try channel.taken().filter { $0.contains("\"fresh-") }
      #expect(fresh == (1...20).map { LegacyWriter.message("fresh", $0) })
      try channel.stopOldServer(old)
    }
  }

  private static let carefulWriter = """
    exec {quiet}<> <(:)
    n=0
    while ((n < $1)); do
      echo '{"method":"note","params":{"label":"fresh-'$((n + 1))'"}}' > "$DROP.new"
      while ! ln "$DROP.new" "$DROP" 2>/dev/null; do read -rt 0.003 -u "$quiet" || true; done
      rm "$DROP.new"
      n=$((n + 1))
      read -rt 0.2 -u "$quiet" || true
    done
    """
}

extension Rehearsal {
  /// Leaves a message once the path is free.
  func dropOne(_ message: String, user: [String] = []) throws {
    try eventually("the path is free") { try !Files.exists(drop) }
    let outcome = try shell(#"umask 022; echo "$1" > "$DROP""#, message, user: user)
    guard outcome.status == 0 else { throw ScenarioFailure("\(outcome)") }
  }

  /// The demo's old server, which looks more often than once a second.
  func oldServer() throws -> RunningProgram {
    let script = try Files.text("\(Places.repository)/scripts/demo.d/old-server")
    try Files.write("\(root)/old-server", script.split(separator: "sleep 1").joined(separator: "sleep 0.02"))
    return try RunningProgram(["/bin/bash", "\(root)/old-server", drop, "\(root)/taken", "\(root)/stop-old"])
  }

  func stopOldServer(_ server: RunningProgram) throws {
    try Files.write("\(root)/stop-old", "")
    let outcome = try server.end()
    #expect(outcome.status == 0, "\(outcome)")
  }

  /// What it has taken.
  func taken() throws -> [String] { try Files.lines("\(root)/taken") }
}
