import SluiceSystem
import SluiceTestSupport
import Testing

/// `sluice audit tail`
@Suite(.serialized, .printsLogs)
struct AuditTailTests {
  private func send(_ channel: Rehearsal, _ count: Int = 1) throws {
    for _ in 0..<count { #expect(try channel.sluice("send", "--request", #"{"method":"ping"}"#).status == 0) }
  }

  /// The numbers of records, as they were written out.
  private func numbers(_ text: some StringProtocol) throws -> [Int64] {
    try text.split(separator: "\n").map { try #require(try JSONText.object(String($0)).number("seq")) }
  }

  @Test func theLastOnes() throws {
    try Rehearsal.run { channel in
      let nothing = try channel.sluice("audit", "tail")
      #expect(nothing.status == 1 && nothing.errors.contains("nothing was recorded yet"), "\(nothing)")
      try channel.serve("--phase", "socket")
      try send(channel, 15)
      _ = try channel.status()
      let all = try numbers(try channel.sluice("audit", "show").output)
      #expect(try numbers(try channel.sluice("audit", "tail").output) == all.suffix(10))
      #expect(try numbers(try channel.sluice("audit", "tail", "-n", "3").output) == all.suffix(3))
      #expect(try channel.sluice("audit", "tail", "-n", "0").output.isEmpty)
      let json = try channel.sluice("--json", "audit", "tail", "-n", "1000")
      #expect(try numbers(json.output) == all, "\(json)")
      let handled = try channel.sluice("audit", "tail", "--event", "handled", "-n", "2").output
      #expect(handled.split(separator: "\n").count == 2 && !handled.contains(#""event":"started""#))
      let wrong = try channel.sluice("audit", "tail", "-n", "many")
      #expect(wrong.status == 64, "\(wrong)")
    }
  }

  @Test func eachRecordOnceThroughRotationAndReplacement() throws {
    try Rehearsal.run { channel in
      try channel.configure(#"audit: { rotate: "64K", keep: 20 },"#)
      let log = "\(channel.root)/var/log/sluice/parrot-mcp"
      let server = try channel.serve("--phase", "socket")
      let tail = try channel.start("audit", "tail", "--follow", "-n", "0", "--event", "handled")
      try eventually("it runs") { try Files.text("/proc/\(tail.pid)/status").contains("SigBlk:\t0000000000004002") }
      let many =
        #"for i in {1..400}; do echo '{"method":"ping"}'; done | socat -t 5 - UNIX-CONNECT:"$DIR/mcp.sock" | wc -l"#
      #expect(try channel.shell(many).output.contains("400"))
      try tail.until("the first ones") { $0.split(separator: "\n").count == 400 }
      #expect(try Files.names(log).count { $0.hasPrefix("audit.jsonl.0") } > 0, "it was rotated")
      try channel.shell("cd \(log) && sleep 0.2; cp -a audit.jsonl a2; mv a2 audit.jsonl")
      try send(channel, 5)
      try eventually("it is put back") { server.log.contains("audit.jsonl was replaced") }
      try send(channel, 5)
      try tail.until("all") { $0.split(separator: "\n").count >= 410 }
      try tail.signal("INT")
      let outcome = try tail.end()
      #expect(outcome.status == 0, "\(outcome)")
      let seen = try numbers(outcome.output)
      #expect(seen.count == 410 && zip(seen, seen.dropFirst()).allSatisfy { $0 < $1 }, "\(seen.count)")
      #expect(outcome.errors.contains("is another file now"), "\(outcome.errors)")
    }
  }

  @Test func itWaitsForALogAndFollowsTheRelays() throws {
    try Rehearsal.run { channel in
      try channel.serve("--phase", "socket")
      let tail = try channel.start("audit", "tail", "-f", "--relay")
      try eventually("it runs") { try Files.text("/proc/\(tail.pid)/status").contains("SigBlk:\t0000000000004002") }
      try channel.relay()
      try channel.waitForRelay()
      try channel.shell(#"echo '{"method":"ping"}' > "$DROP""#)
      try tail.until("a drop") { $0.contains(#""event":"settled""#) }
      try tail.signal("TERM")
      let outcome = try tail.end()
      #expect(outcome.status == 0 && outcome.errors.contains("waiting for it"), "\(outcome)")
    }
  }

  @Test func itEndsWithItsReader() throws {
    try Rehearsal.run { channel in
      try channel.serve("--phase", "socket")
      try send(channel)
      _ = try channel.status()
      let words = channel.words(["audit", "tail", "--follow"]).map { "'\($0)'" }.joined(separator: " ")
      for script in ["\(words) | head -n 1 >/dev/null; echo \"${PIPESTATUS[0]}\"", "\(words) >&-; echo $?"] {
        let outcome = try RunningProgram(["/bin/bash", "-c", script], variables: channel.variables).end(seconds: 20)
        #expect(outcome.lines.last == (script.contains("head") ? "0" : "1"), "\(outcome)")
      }
    }
  }
}
