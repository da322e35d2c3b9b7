import SluiceSystem
import SluiceTestSupport
import Testing

/// A run that has not ended: one that somebody is at is running, any other was interrupted.
@Suite(.serialized, .printsLogs, .enabled(if: StopPoint.isCompiledIn, "the build has no stop points"))
struct RunningRunTests {
  private func rehearse(_ body: (Rehearsal) throws -> Void) throws {
    try Rehearsal.run { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try body(channel)
    }
  }

  @Test func oneThatRunsIsSaidToRun() throws {
    try rehearse { channel in
      let run = try RunningProgram(
        channel.words(["apply", "--yes"], of: Places.instrumented),
        variables: channel.variables + ["SLUICE_STOP=engine.acted:4", "SLUICE_STOP_BY=STOP"])
      defer { run.kill() }
      try eventually("it stands still") {
        try Files.text("/proc/\(run.pid)/stat").split(separator: ")").last?.hasPrefix(" T") == true
      }
      let pid = "\(run.pid)"
      let status = try channel.sluice("status")
      #expect(status.output.contains("apply file-drop -> run-file, running (pid \(pid))"), "\(status)")
      #expect(!status.output.contains("interrupted"), "\(status)")
      #expect(status.output.contains("next: sluice status --root \(channel.root) --watch"), "\(status)")
      let object = try channel.status().object("openRun")
      #expect(object?.text("state") == "running" && object?.number("pid") == Int64(run.pid), "\(status)")
      let plan = try channel.sluice("plan")
      #expect(plan.output.contains("is running (process \(pid)), at step 6") && plan.status == 0, "\(plan)")
      #expect(!plan.output.contains("interrupted") && plan.output.contains("wait for it to end"), "\(plan)")
      let history = try channel.sluice("history", "--steps")
      #expect(history.output.contains("running (pid \(pid))") && !history.output.contains("interrupted"), "\(history)")
      let json = try JSONText.object(try channel.sluice("--json", "history").output).objects("runs")
      #expect(json.first?.text("result") == "running")
      try run.signal("CONT")
      #expect(try run.end().status == 0)
      #expect(try channel.status().object("openRun") == nil)
    }
  }

  @Test func planSaysWhatBecomesOfOneThatWasKilled() throws {
    try rehearse { channel in
      try #require(try channel.engine("apply", "run-file", stop: "engine.acted:4").status == 137)
      let status = try channel.sluice("status")
      #expect(status.output.contains("which was interrupted: apply file-drop -> run-file"), "\(status)")
      #expect(try channel.status().object("openRun")?.text("state") == "interrupted")
      let on = try channel.sluice("plan")
      #expect(on.output.contains("first  run 1, apply file-drop -> run-file, was interrupted at step 6"), "\(on)")
      #expect(
        on.output.contains("settled first: going on") && on.output.contains("from file-drop to run-file"), "\(on)")
      let far = try channel.sluice("plan", "--to", "socket")
      #expect(far.output.contains("settled first: going on") && far.output.contains("0003-socket"), "\(far)")
      let back = try channel.sluice("plan", "--to", "file-drop", "--exit-code")
      #expect(back.output.contains("settled first: taking it back, because rollback was asked"), "\(back)")
      #expect(back.output.contains("next  sluice rollback --root \(channel.root) --to file-drop"), "\(back)")
      #expect(back.status == 2, "\(back)")
      let json = try JSONText.object(try channel.sluice("--json", "plan", "--to", "file-drop").output).object("openRun")
      #expect(json?.text("recovery") == "takeBack" && json?.number("step") == 6)
      // And so it comes.
      let done = try channel.sluice("rollback", "--to", "file-drop", "--yes")
      #expect(done.status == 0 && done.errors.contains("taking it back, because rollback was asked"), "\(done)")
    }
  }

  /// The cut-over is done: the record says the new phase, and the run is still to be finished, or to be taken back.
  @Test func planAfterTheCutOver() throws {
    try rehearse { channel in
      try channel.apply("run-file")
      try #require(try channel.engine("apply", "fifo", stop: "engine.moved:1").status == 137)
      let on = try channel.sluice("plan", "--to", "fifo")
      #expect(on.output.contains("settled first: going on") && !on.output.contains("nothing to do"), "\(on)")
      #expect(on.output.contains("next  sluice apply --root \(channel.root) --to fifo"), "\(on)")
      let back = try channel.sluice("plan", "--to", "file-drop")
      #expect(back.output.contains("taking it back, because rollback was asked"), "\(back)")
      // What is left after that is one phase, not two.
      #expect(back.output.contains("from run-file to file-drop") && !back.output.contains("0002-fifo"), "\(back)")
    }
  }
}
