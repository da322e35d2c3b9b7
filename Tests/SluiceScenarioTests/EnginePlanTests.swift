import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// The planner has nothing to write with: on a root that is mounted read-only it says the same.
@Suite(.serialized, .printsLogs) struct EnginePlanTests {
  private func expectSame(_ channel: Rehearsal, _ what: String, _ words: [[String]]) throws {
    for line in words {
      let written = try RunningProgram(channel.words(line), variables: channel.variables).end()
      let read = try readOnly(channel, line)
      #expect(read.output == written.output && read.status == written.status, "\(what): \(read)\n\(written)")
      #expect(written.status == 0, "\(what): \(written)")
    }
  }

  /// Runs a command where the whole root is mounted read-only.
  private func readOnly(_ channel: Rehearsal, _ words: [String]) throws -> Outcome {
    let script = #"mount --bind "$ROOT" "$ROOT"; mount -o remount,ro,bind "$ROOT"; ! touch "$ROOT/x" 2>&-; exec "$@""#
    return try RunningProgram(
      ["unshare", "-m", "/bin/sh", "-ec", script, "sh"] + channel.words(words),
      variables: channel.variables + channel.clientVariables
    ).end()
  }

  private static let plans = [["plan", "--to", "socket"], ["plan", "--to", "file-drop"], ["--json", "plan"]]

  @Test(.enabled(if: Privilege.isRoot, "needs root, to mount"))
  func aReadOnlyRootHasTheSamePlan() throws {
    try Rehearsal.run { channel in
      try expectSame(channel, "before anything", Self.plans)
      let (server, relay) = (try channel.serve(), try channel.relay())
      try channel.waitForRelay()
      try channel.apply("run-file")
      try expectSame(channel, "while it runs", Self.plans + [["history"]])
      for service in [relay, server] {
        try service.terminate()
        #expect(try service.end() == 0)
      }
      // SQLite cannot make its files beside the database there.
      try expectSame(channel, "when all have ended", Self.plans + [["history"]])
      let killed = (try channel.serve(), try channel.relay())
      try channel.waitForRelay()
      killed.0.kill()
      killed.1.kill()
      try expectSame(channel, "when all were killed", Self.plans + [["history"]])
    }
  }

  /// Two at once: the second is told who is first. Those who only look wait for nobody.
  @Test(.enabled(if: StopPoint.isCompiledIn, "the build has no stop points"))
  func twoOperatorsAtOnce() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      let first = try RunningProgram(
        channel.words(["apply", "--yes"], of: Places.instrumented),
        variables: channel.variables + ["SLUICE_STOP=engine.acted:4", "SLUICE_STOP_BY=STOP"])
      try eventually("the first stands still") {
        try Files.text("/proc/\(first.pid)/stat").split(separator: ")").last?.hasPrefix(" T") == true
      }
      for words in [["apply", "--yes"], ["rollback", "--yes"], ["confirm"]] {
        let second = try RunningProgram(channel.words(words), variables: channel.variables).end()
        #expect(second.status == 6, "\(second)")
        for part in ["process \(first.pid)", "apply", "uid 0", "since 20"] where Privilege.isRoot {
          #expect(second.errors.contains(part), "\(part): \(second)")
        }
      }
      for words in [["status"], ["plan"], ["verify"], ["history"]] {
        let look = try RunningProgram(channel.words(words), variables: channel.variables).end()
        #expect(look.status != 6, "\(look)")
      }
      try first.signal("CONT")
      #expect(try first.end().status == 0)
      try channel.expectSettled(.runFile, "the first went on")
    }
  }

  /// One of two that begin at the same moment does it; the other is told, or finds it done.
  @Test func twoThatBeginTogether() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      for (verb, target) in [("apply", Phase.runFile), ("rollback", .fileDrop), ("apply", .fifo)] {
        let both = try (0..<2).map { _ in
          try RunningProgram(channel.words([verb, "--to", target.name, "--yes"]), variables: channel.variables)
        }
        let outcomes = try both.map { try $0.end(seconds: 60) }
        #expect(outcomes.contains { $0.status == 0 }, "\(outcomes)")
        for outcome in outcomes where outcome.status != 0 {
          let other = outcomes[0].status == 0 ? both[0].pid : both[1].pid
          #expect(outcome.status == 6 && outcome.errors.contains("another run holds"), "\(outcome)")
          #expect(
            outcome.errors.contains("process \(other)") || outcome.errors.contains("not said its name"), "\(outcome)")
        }
        try channel.expectSettled(target, "two at once")
      }
      try channel.expectProven()
      let runs = try JSONText.object(try channel.sluice("--json", "history").output).objects("runs")
      #expect(runs.count == 4 && runs.allSatisfy { $0.text("result") == "done" }, "\(runs.count) runs")
    }
  }

  /// What cannot be taken back is nothing for two either.
  @Test(.enabled(if: StopPoint.isCompiledIn && Privilege.isRoot, "needs a build with stop points, and root"))
  func twoOperatorsWhoRetire() throws {
    try Rehearsal.run { channel in
      try channel.askForQuiet("1ms")
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("socket")
      defer { channel.unseal() }
      let words = ["retire", "--confirm", channel.drop, "--waive", "gaps", "--reason", "test"]
      let first = try RunningProgram(
        channel.words(words, of: Places.instrumented),
        variables: channel.variables + ["SLUICE_STOP=retire.sealed:1", "SLUICE_STOP_BY=STOP"])
      try eventually("the first stands still") {
        try Files.text("/proc/\(first.pid)/stat").split(separator: ")").last?.hasPrefix(" T") == true
      }
      for other in [words, ["rollback", "--to", "fifo", "--yes"]] {
        let second = try RunningProgram(channel.words(other), variables: channel.variables).end()
        #expect(second.status == 6 && second.errors.contains("process \(first.pid) (retire"), "\(second)")
      }
      try first.signal("CONT")
      let outcome = try first.end()
      #expect(outcome.status == 0, "\(outcome)")
      try channel.expectProven()
    }
  }
}
