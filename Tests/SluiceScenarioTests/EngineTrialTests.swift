import SluiceChannel
import SluiceSystem
import Testing

/// What is applied on trial goes back by itself, unless somebody confirms it in time.
@Suite(.serialized, .printsLogs)
struct EngineTrialTests {
  private func rehearse(_ body: (Rehearsal, Service, Service) throws -> Void) throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      let server = try channel.serve()
      let relay = try channel.relay()
      try channel.waitForRelay()
      try body(channel, server, relay)
    }
  }

  private func waitUntilBack(_ channel: Rehearsal, _ phase: Phase = .fileDrop) throws {
    try eventually("it is rolled back") {
      let status = try channel.status()
      return status.text("phase") == phase.name && status.object("trial") == nil
    }
    try channel.expectSettled(phase, "not confirmed")
    let runs = try JSONText.object(try channel.sluice("--json", "history").output).objects("runs")
    #expect(runs.contains { $0.text("result") == "rolled back" && $0.text("detail") == "not confirmed" }, "\(runs)")
    #expect(try channel.sluice("history").output.contains("rolled back: not confirmed"))
    try channel.expectProven()
  }

  @Test func withoutAWordItGoesBack() throws {
    try rehearse { channel, server, _ in
      let apply = try channel.sluice("apply", "--to", "fifo", "--trial", "2s", "--yes")
      #expect(apply.status == 0 && apply.output.contains("unless you run: sluice confirm"), "\(apply)")
      let status = try channel.status()
      #expect(
        status.text("next") == "sluice confirm --root \(channel.root)"
          && status.object("trial")?.text("from") == "file-drop")
      #expect((status.object("trial")?.number("secondsLeft")).map { (0...2).contains($0) } == true)
      #expect(try channel.sluice("status").output.contains("unless: sluice confirm"))
      try waitUntilBack(channel)
      try server.waitUntilSaid("rolled back to file-drop, not confirmed; verified: proven")
      let late = try channel.sluice("confirm")
      #expect(late.status == 3 && late.errors.contains("rolled back: not confirmed"), "\(late)")
      // And forward again, as if nothing had been.
      try channel.apply("run-file")
      try channel.expectProven()
    }
  }

  @Test func confirmedItStays() throws {
    try rehearse { channel, _, _ in
      _ = try channel.sluice("apply", "--trial", "4s", "--yes")
      // Nothing is built on what may go away.
      let more = try channel.sluice("apply", "--yes")
      #expect(more.status == 3 && more.errors.contains("sluice confirm"), "\(more)")
      let confirmed = try channel.sluice("confirm")
      #expect(confirmed.status == 0 && confirmed.output.contains("run-file"), "\(confirmed)")
      #expect(try channel.status().object("trial") == nil)
      let again = try channel.sluice("confirm")
      #expect(again.status == 3 && again.errors.contains("confirmed already"), "\(again)")
      Wait.pause(nanoseconds: 4_500_000_000)
      try channel.expectSettled(.runFile, "confirmed")
      try channel.apply("fifo")
    }
  }

  @Test func goingBackByHandEndsIt() throws {
    try rehearse { channel, _, _ in
      try channel.apply("run-file")
      _ = try channel.sluice("apply", "--trial", "1h", "--yes")
      try channel.rollback("run-file")
      #expect(try channel.status().object("trial") == nil)
      try channel.apply("fifo")
    }
  }

  @Test(
    .enabled(if: StopPoint.isCompiledIn, "the build has no stop points"),
    arguments: [
      "engine.trial-begun:1", "engine.placed:2", "engine.moved:1", "engine.ended:1", "engine.trial-settled:1",
    ])
  func aKilledCommandChangesNothingAboutIt(stop: String) throws {
    try rehearse { channel, _, _ in
      let killed = try RunningProgram(
        channel.words(["apply", "--trial", "2s", "--yes"], of: Places.instrumented),
        variables: channel.variables + ["SLUICE_STOP=\(stop)"]
      ).end()
      try #require(killed.status == 137, "\(killed)")
      try eventually("the trial is over") { try channel.status().object("trial") == nil }
      try channel.expectSettled(.fileDrop, "killed at \(stop)")
      try channel.expectProven()
    }
  }

  @Test(arguments: [false, true]) func aServerThatWasAwayRollsBackAtOnce(isWiped: Bool) throws {
    try rehearse { channel, server, relay in
      _ = try channel.sluice("apply", "--to", "fifo", "--trial", isWiped ? "1h" : "1s", "--yes")
      server.kill()
      relay.kill()
      if isWiped {
        // As after a reboot: the time that was left says nothing any more.
        try channel.shell(
          #"rm -rf "$DIR" "$DROP"; python3 -c 'import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute("UPDATE trials SET boot=\"another\""); c.commit()' "$1""#,
          "\(channel.state)/state.db")
      } else {
        Wait.pause(nanoseconds: 1_200_000_000)
      }
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try waitUntilBack(channel)
    }
  }

  @Test func aBadTimeIsUsage() throws {
    try rehearse { channel, _, _ in
      for text in ["10", "soon", "0s"] {
        let outcome = try channel.sluice("apply", "--trial", text, "--yes")
        #expect(outcome.status == 64 && outcome.errors.contains("--trial"), "\(outcome)")
      }
      let none = try channel.sluice("confirm")
      #expect(none.status == 3 && none.errors.contains("no trial waits"), "\(none)")
    }
  }

  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
  func anOrdinaryUsersServerRollsBackToo() throws {
    try Rehearsal.run(isOpen: true, user: SecondUser.prefix) { channel in
      try channel.giveAway(to: SecondUser.id)
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      _ = try channel.sluice("apply", "--to", "socket", "--trial", "1s", "--yes")
      try waitUntilBack(channel)
    }
  }
}
