import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// Root works for a channel of another user, who owns the state and may write into it what he likes.
@Suite(
  .serialized, .printsLogs,
  .enabled(if: SecondUser.isAvailable && Accounts.userName(SecondUser.id) == "nobody", "needs root and the user nobody")
)
struct RootForUserTests {
  private func atRunFile(_ body: (Rehearsal) throws -> Void) throws {
    try Rehearsal.run(#"user: "nobody","#, isOpen: true) { channel in
      try channel.useRecordingHandler()
      try channel.configure(#"user: "nobody","#)
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("run-file")
      try body(channel)
    }
  }

  private func forge(_ channel: Rehearsal, _ statement: String) throws {
    let forged = try channel.shell(
      #"/usr/bin/python3 -c "$3" "$1" "$2""#, "\(channel.state)/state.db", statement,
      "import sqlite3,sys; c=sqlite3.connect(sys.argv[1], timeout=30); c.executescript(sys.argv[2]); c.commit()",
      user: SecondUser.prefix)
    try #require(forged.status == 0, "\(forged)")
  }

  @Test func aForgedModeIsNotRestored() throws {
    try atRunFile { channel in
      let lock = "\(channel.runtime)/mcp.lock"
      try forge(channel, "DELETE FROM objects WHERE path='\(lock)'; INSERT INTO found VALUES('\(lock)',2541,0,0)")
      let outcome = try channel.sluice("rollback", "--to", "file-drop", "--yes")
      #expect((outcome.output + outcome.errors).contains("owner 0"), "\(outcome)")
      if let found = try Files.status(lock) {
        #expect(found.uid == SecondUser.id && found.mode & 0o7000 == 0, "\(found)")
      }
    }
  }

  @Test func aForgedDraftRemovesNothing() throws {
    try atRunFile { channel in
      let victim = "\(channel.root)/important"
      try Files.write(victim, "root's")
      try forge(channel, "INSERT INTO drafts VALUES('\(channel.root)/x','directory',1,'important','0:0')")
      let outcome = try channel.sluice("rollback", "--to", "file-drop", "--yes")
      #expect(outcome.status != 0 && outcome.errors.contains("no run makes that"), "\(outcome)")
      #expect(try Files.text(victim) == "root's")
    }
  }

  @Test func aHardLinkIsForeign() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.shell(#"echo mine > "$ROOT/v"; chmod 0644 "$ROOT/v"; ln "$ROOT/v" "$DIR/mcp.lock""#)
      let outcome = try channel.sluice("apply", "--to", "run-file", "--yes")
      #expect(outcome.status == 4 && outcome.errors.contains("hard links"), "\(outcome)")
      #expect(try Files.status("\(channel.root)/v")?.mode == 0o644)
    }
  }

  @Test func whatWasThereBeforeStays() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.shell(
        #"mkdir -m 0700 "$DIR"; : > "$DIR/mcp_in.json"; echo note > "$DIR/mcp.lock"; chmod 0640 "$DIR/mcp.lock"; chmod 0644 "$DIR/mcp_in.json""#
      )
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("run-file")
      try channel.rollback("file-drop")
      #expect(try Files.status("\(channel.runtime)/mcp.lock")?.mode == 0o640)
      #expect(try Files.text("\(channel.runtime)/mcp.lock") == "note\n")
      #expect(try Files.status(channel.runFile)?.mode == 0o644)
    }
  }
}
