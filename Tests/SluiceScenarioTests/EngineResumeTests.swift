import SluiceChannel
import SluiceSystem
import Testing

/// What the next command says and does after a migration command was killed, or lost a service, half-way.
@Suite(.serialized, .printsLogs, .enabled(if: StopPoint.isCompiledIn, "the build has no stop points"))
struct EngineResumeTests {
  private func rehearse(at phase: Phase = .fileDrop, _ body: (Rehearsal, Service, Service) throws -> Void) throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      let server = try channel.serve()
      let relay = try channel.relay()
      try channel.waitForRelay()
      if phase > .fileDrop { try channel.apply(phase.name) }
      try body(channel, server, relay)
    }
  }

  private func kill(_ channel: Rehearsal, _ verb: String, _ phase: Phase, at stop: String) throws {
    let killed = try channel.engine(verb, phase.name, stop: stop)
    try #require(killed.status == 137, "\(killed)")
  }

  @Test func theSameCommandGoesOnAndSaysSo() throws {
    try rehearse { channel, _, _ in
      try kill(channel, "apply", .runFile, at: "engine.moved:1")
      #expect(try channel.status().text("next")?.contains("sluice apply --root \(channel.root) --to run-file") == true)
      // Without a phase it is the end of what was interrupted, and not the phase after it.
      let again = try channel.sluice("apply", "--yes")
      #expect(again.status == 0 && again.errors.contains("run-file, was interrupted at step"), "\(again)")
      #expect(again.errors.contains("(cut over): going on"), "\(again)")
      try channel.expectSettled(.runFile, "gone on")
      try channel.expectProven()
    }
  }

  /// The cut-over of a rollback was done, so that the record says where it was to go: all after it is still to do.
  @Test func aRollbackIsFinishedAfterItsCutOver() throws {
    try rehearse(at: .fifo) { channel, _, _ in
      try kill(channel, "rollback", .runFile, at: "engine.moved:1")
      let again = try channel.sluice("rollback", "--yes")
      #expect(again.status == 0 && again.errors.contains("going on"), "\(again)")
      try channel.expectSettled(.runFile, "finished")
      try channel.expectProven()
    }
  }

  @Test func theOtherCommandTakesItBack() throws {
    try rehearse { channel, _, _ in
      try kill(channel, "apply", .runFile, at: "engine.acted:6")
      let back = try channel.sluice("rollback", "--yes")
      #expect(back.status == 0 && back.errors.contains("taking it back, because rollback was asked"), "\(back)")
      try channel.expectSettled(.fileDrop, "taken back")
      let run = try JSONText.object(try channel.sluice("--json", "history").output).objects("runs")[0]
      #expect(run.text("result") == "rolled back" && run.text("detail") == "rollback was asked")
    }
  }

  /// What the killed command made is found made by the one that goes on: it is still this run's, and goes with it.
  @Test func whatWasDoneBeforeTheKillIsTakenBackToo() throws {
    try rehearse { channel, _, relay in
      try kill(channel, "apply", .runFile, at: "engine.acted:7")
      relay.kill()
      try eventually("the relay is gone") { try channel.status().flag("relayConnected") == false }
      let again = try channel.sluice("apply", "--yes")
      #expect(again.status == 69 && again.errors.contains("rolled back"), "\(again)")
      try channel.relay()
      try channel.waitForRelay()
      try channel.expectSettled(.fileDrop, "taken back")
      #expect(try !Files.exists("\(channel.runtime)/claimed"))
    }
  }

  /// A failed step takes the run back by itself; killed on that way, the next command finishes it and starts anew.
  @Test(arguments: ["engine.undo-begun:1", "engine.undone:1", "engine.undone:4", "engine.undo-ended:1"])
  func aKilledSelfRollbackIsFinished(stop: String) throws {
    try rehearse { channel, _, relay in
      relay.kill()
      try eventually("the relay is gone") { try channel.status().flag("relayConnected") == false }
      try kill(channel, "apply", .runFile, at: stop)
      try channel.relay()
      try channel.waitForRelay()
      let again = try channel.sluice("apply", "--yes")
      #expect(again.status == 0, "\(again)")
      if !stop.hasPrefix("engine.undo-ended") {
        #expect(
          again.errors.contains("it was being taken back because no relay is connected")
            && again.errors.contains("finishing that"), "\(again)")
      }
      try channel.expectSettled(.runFile, "after the rollback of the first, the second")
      try channel.expectProven()
    }
  }

  @Test(arguments: [true, false]) func whatOthersMakeMeanwhileIsTheirs(isUp: Bool) throws {
    try rehearse(at: .runFile) { channel, _, _ in
      // The FIFO's draft is known, and it has not got its place yet.
      try kill(channel, "apply", .fifo, at: "engine.identified:1")
      try channel.shell(#"mkfifo -m 600 "$DIR/mcp.fifo""#)
      let theirs = try Files.status(channel.fifo)?.identity
      let next = try channel.sluice(isUp ? "apply" : "rollback", "--yes")
      #expect(next.status == 0, "\(next)")
      if isUp {
        try channel.expectSettled(.fifo, "with their FIFO")
        try channel.rollback("run-file")
      }
      #expect(try Files.status(channel.fifo)?.identity == theirs, "somebody else's FIFO was removed")
      let drafts = try Files.names(channel.runtime).filter { $0.hasPrefix(".mcp.fifo") }
      #expect(drafts.isEmpty, "\(drafts)")
    }
  }

  @Test func aForeignObjectStopsTheRunAndStays() throws {
    try rehearse(at: .runFile) { channel, _, _ in
      try kill(channel, "apply", .fifo, at: "engine.intended:1")
      try Files.write(channel.fifo, "theirs")
      let next = try channel.sluice("apply", "--yes")
      #expect(next.status == 4, "\(next)")
      #expect(next.errors.contains("move it away") && next.errors.contains("another path"), "\(next)")
      #expect(try Files.text(channel.fifo) == "theirs")
      #expect(try channel.status().text("phase") == "run-file")
      try Files.remove(channel.fifo)
      let after = try channel.sluice("apply", "--yes")
      #expect(after.status == 0, "\(after)")
      try channel.expectSettled(.fifo, "after it was moved away")
    }
  }

  /// A service dies while the command is between two of its steps: the command says what is missing, and one more
  /// command after the restart recovers.
  @Test(arguments: ["serve", "relay"], [("apply", 6), ("apply", 8), ("rollback", 1), ("rollback", 3)])
  func aServiceThatDiesMeanwhileIsNoLoss(victim: String, moment: (verb: String, step: Int)) throws {
    let isUp = moment.verb == "apply"
    try rehearse(at: isUp ? .fileDrop : .runFile) { channel, server, relay in
      let target = isUp ? "run-file" : "file-drop"
      let command = try RunningProgram(
        channel.words([moment.verb, "--to", target, "--yes"], of: Places.instrumented),
        variables: channel.variables + ["SLUICE_STOP=engine.intended:\(moment.step)", "SLUICE_STOP_BY=STOP"])
      try eventually("the command stands still") {
        try Files.text("/proc/\(command.pid)/stat").split(separator: ")").last?.hasPrefix(" T") == true
      }
      (victim == "serve" ? server : relay).kill()
      if victim == "relay" { try eventually("it is gone") { try channel.status().flag("relayConnected") == false } }
      try command.signal("CONT")
      let outcome = try command.end(seconds: 60)
      if victim == "serve" { #expect(outcome.status == 69 || outcome.status == 3, "\(outcome)") }
      #expect(outcome.status == 0 || outcome.sentences.last?.isEmpty == false, "\(outcome)")
      if victim == "serve" { try channel.serve() } else { try channel.relay() }
      try channel.waitForRelay()
      let next = try channel.sluice(moment.verb, "--to", target, "--yes")
      #expect(next.status == 0, "\(outcome)\n\(next)")
      try channel.expectSettled(isUp ? .runFile : .fileDrop, "after the restart")
      try channel.expectProven()
    }
  }
}
