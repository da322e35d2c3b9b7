import SluiceChannel
import Testing

/// `--json`: one object of format 1 on standard output, which a strict parser takes.
@Suite(.serialized, .printsLogs)
struct JSONOutputTests {
  private func object(_ outcome: Outcome, status: Int32 = 0) throws -> JSON5Object {
    #expect(outcome.status == status, "\(outcome)")
    let strict = try RunningProgram(
      ["python3", "-c", "import json, sys; assert json.load(sys.stdin)['format'] == 1"],
      input: Array(outcome.output.utf8)
    ).end()
    #expect(strict.status == 0, "\(outcome): \(strict)")
    return try JSONText.object(outcome.output)
  }

  @Test func everyCommandThatHasItKeepsIt() throws {
    try Rehearsal.run { channel in
      _ = try object(try channel.sluice("--json", "status"))
      _ = try object(try channel.sluice("--json", "plan", "--to", "socket"))
      _ = try object(try channel.sluice("--json", "history"))
      let unproven = try object(try channel.sluice("--json", "verify"), status: 3)
      #expect(unproven.text("verdict") == "unproven")
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      let applied = try object(try channel.sluice("--json", "apply", "--to", "fifo", "--yes"))
      #expect(applied.text("verb") == "apply" && applied.text("phase") == "fifo")
      let status = try object(try channel.sluice("status", "--json", "--exit-code"), status: 2)
      #expect(status.text("phase") == "fifo" && status.flag("running") == true)
      #expect(status.objects("routes").map { $0.text("route") } == ["file-drop", "run-file", "fifo", "socket"])
      let plan = try object(try channel.sluice("--json", "plan", "--exit-code"), status: 2)
      #expect(plan.objects("phases").map { $0.text("target") } == ["socket"])
      let proven = try object(try channel.sluice("--json", "verify"))
      #expect(proven.text("verdict") == "proven" && !proven.objects("findings").isEmpty)
      let history = try object(try channel.sluice("--json", "history", "--steps"))
      #expect(history.objects("runs").map { $0.text("result") } == ["done", "done"])
      #expect(history.objects("runs").allSatisfy { !$0.objects("steps").isEmpty })
      let chain = try object(try channel.sluice("--json", "audit", "verify"))
      #expect(chain.text("verdict") == "intact")
      let back = try object(try channel.sluice("--json", "rollback", "--to", "file-drop", "--yes"))
      #expect(back.text("phase") == "file-drop")
      let again = try object(try channel.sluice("--json", "rollback", "--yes"))
      #expect(again.text("phase") == "file-drop")
    }
  }

  /// A channel file with names that JSON has to escape.
  @Test func pathsAreEscaped() throws {
    let odd = #"/run/a \"quoted\" \\ path"#
    try Rehearsal.run(#"paths: { runtime: "\#(odd)" },"#) { channel in
      let plan = try object(try channel.sluice("--json", "plan"))
      let steps = plan.objects("phases").flatMap { $0.objects("steps") }
      #expect(steps.contains { $0.text("description")?.contains(#"a "quoted" \ path"#) == true })
    }
  }
}
