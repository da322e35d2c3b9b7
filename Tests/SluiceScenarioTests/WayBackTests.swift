import SluiceSystem
import Testing

/// What leads back needs nothing but the state and the server.
@Suite(.serialized, .printsLogs)
struct WayBackTests {
  @Test(arguments: [
    "rm -r $ROOT/migrations", #"echo '{ nonsense: 1 }' > $ROOT/migrations/0009-other.json5"#,
  ])
  func noManifestIsNeeded(damage: String) throws {
    try Rehearsal.run { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("run-file")
      let trial = try channel.sluice("apply", "--to", "fifo", "--trial", "10m", "--yes")
      #expect(trial.status == 0, "\(trial)")
      try channel.shell(damage)
      let confirmed = try channel.sluice("confirm")
      #expect(confirmed.status == 0, "\(confirmed)")
      #expect(try channel.sluice("status").status == 0)
      try channel.rollback("file-drop")
      #expect(try channel.status().text("phase") == "file-drop")
      #expect(try !Files.exists(channel.fifo))
      #expect(try channel.sluice("apply", "--yes").status == 78)
    }
  }

  @Test func aStoppedServerIsAskedAgainLater() throws {
    try Rehearsal.run { channel in
      let server = try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("run-file")
      try channel.shell(#"kill -STOP "$1""#, "\(server.pid)")
      defer { _ = try? channel.shell(#"kill -CONT "$1""#, "\(server.pid)") }
      let verified = try channel.sluice("verify")
      #expect(verified.output.contains("does not answer") && !verified.output.contains("not running"), "\(verified)")
      #expect(!verified.output.contains("sluice serve"), "\(verified)")
      let back = try channel.sluice("rollback", "--to", "file-drop", "--yes")
      #expect(back.status == 75, "\(back)")
    }
  }

  @Test func nothingToConfirmBeforeAnything() throws {
    try Rehearsal.run { channel in
      let outcome = try channel.sluice("confirm")
      #expect(outcome.status == 3 && outcome.errors.contains("no trial"), "\(outcome)")
    }
  }

  @Test func whatTheLockSaysIsOneLine() throws {
    try Rehearsal.run { channel in
      try channel.open("file-drop")
      let script = """
        import fcntl, sys
        f = open(sys.argv[1], "w"); fcntl.flock(f, fcntl.LOCK_EX); f.write("a\\nb\\x1b[31mc"); f.flush()
        print("locked", flush=True); sys.stdin.read()
        """
      let holder = try RunningProgram(
        ["python3", "-c", script, "\(channel.state)/migration.lock"], keepsInput: true)
      try holder.until("it has the lock") { $0 == "locked\n" }
      let outcome = try channel.sluice("apply", "--yes")
      #expect(outcome.status == 6 && outcome.errors.contains("ab[31mc"), "\(outcome)")
      #expect(outcome.sentences.count == 1, "\(outcome)")
      holder.kill()
    }
  }
}
