import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// An object that is exchanged between the engine's look and its act, and notes in the state that were never made.
@Suite(
  .serialized, .printsLogs,
  .enabled(
    if: StopPoint.isCompiledIn && SecondUser.isAvailable && Accounts.userName(SecondUser.id) == "nobody",
    "needs a build with stop points, root and the user nobody")
)
struct SwapTests {
  private static let precious = "root's\n"

  private func atRunFile(_ body: (Rehearsal) throws -> Void) throws {
    try Rehearsal.run(#"user: "nobody","#, isOpen: true) { channel in
      try channel.useRecordingHandler()
      try channel.configure(#"user: "nobody","#)
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("run-file")
      try channel.shell("mkdir -m 0755 $ROOT/secret")
      try Files.write("\(channel.root)/secret/precious", Self.precious, mode: 0o644)
      try body(channel)
    }
  }

  private func expectUntouched(_ channel: Rehearsal, _ what: String) throws {
    let path = "\(channel.root)/secret/precious"
    let found = try #require(try Files.status(path))
    let text = try Files.text(path)
    #expect(found.uid == 0 && found.mode == 0o644 && text == Self.precious, "\(what): \(found)")
  }

  struct Swap: Sendable {
    let what: String
    /// What lies at the FIFO's name before, and instead of it; hard links are root's to make here.
    let before: String
    let after: String
    var isRoots = false
  }

  private static let looser = "mkfifo -m 640 mcp.fifo"
  static let swaps = [
    Swap(
      what: "a link of somebody else's file", before: looser, after: "rm mcp.fifo; ln $ROOT/secret/precious mcp.fifo",
      isRoots: true),
    Swap(what: "a symbolic link to it", before: looser, after: "rm mcp.fifo; ln -s $ROOT/secret/precious mcp.fifo"),
    Swap(what: "a directory", before: looser, after: "rm mcp.fifo; mkdir mcp.fifo"),
    Swap(what: "a file of the same user's", before: looser, after: "rm mcp.fifo; echo mine > mcp.fifo"),
    Swap(what: "a FIFO with two names", before: looser, after: "ln mcp.fifo other.fifo"),
    Swap(what: "a link in an empty place", before: ":", after: "ln -s $ROOT/secret/precious mcp.fifo"),
    Swap(
      what: "another's link in an empty place", before: ":", after: "ln $ROOT/secret/precious mcp.fifo", isRoots: true),
  ]

  @Test func whatIsExchangedAfterTheLookIsLeftAlone() throws {
    try atRunFile { channel in
      for swap in Self.swaps { try exchange(channel, swap) }
      try channel.apply("fifo")
      try channel.expectProven()
    }
  }

  /// Stopped behind the intent of making the FIFO, which comes after the look at it.
  private func exchange(_ channel: Rehearsal, _ swap: Swap) throws {
    let place = "set -e; cd \(channel.runtime); "
    #expect(try channel.shell(place + swap.before, user: SecondUser.prefix).status == 0)
    let command = try RunningProgram(
      channel.words(["apply", "--to", "fifo", "--yes"], of: Places.instrumented),
      variables: channel.variables + ["SLUICE_STOP=engine.intended:2", "SLUICE_STOP_BY=STOP"])
    try eventually("the command stands still") {
      try Files.text("/proc/\(command.pid)/stat").split(separator: ")").last?.hasPrefix(" T") == true
    }
    let swapped = try channel.shell(place + swap.after, user: swap.isRoots ? [] : SecondUser.prefix)
    #expect(swapped.status == 0, "\(swap.what): \(swapped)")
    let listed = "stat -c '%n %F %a %u %h' mcp.fifo"
    let before = try channel.shell(place + listed).output
    try command.signal("CONT")
    let outcome = try command.end(seconds: 60)
    #expect(outcome.status == 4 || outcome.status == 77, "\(swap.what): \(outcome)")
    #expect(
      outcome.errors.contains(channel.fifo) && outcome.errors.contains("rolled back"), "\(swap.what): \(outcome)")
    try expectUntouched(channel, swap.what)
    #expect(try channel.shell(place + listed).output == before, "\(swap.what): it was changed")
    #expect(try channel.status().text("phase") == "run-file", "\(swap.what)")
    try channel.shell(place + "rm -rf mcp.fifo other.fifo")
  }

  // MARK: Forged notes

  private func forge(_ channel: Rehearsal, _ statement: String) throws {
    let forged = try channel.shell(
      #"/usr/bin/python3 -c "$3" "$1" "$2""#, "\(channel.state)/state.db", statement,
      "import sqlite3,sys; c=sqlite3.connect(sys.argv[1], timeout=30); c.executescript(sys.argv[2]); c.commit()",
      user: SecondUser.prefix)
    try #require(forged.status == 0, "\(forged)")
  }

  /// A probe of the engine's is put back or taken away by a note; one that was never made moves nobody's file.
  @Test func aForgedProbeMovesAndRemovesNothing() throws {
    try atRunFile { channel in
      let beside = "\(channel.root)/tmp/.mcp_in.json.0123456789abcdef"
      func row(_ path: String, _ name: String, _ identity: String) -> String {
        "DELETE FROM drafts; INSERT INTO drafts VALUES('\(path)','decoy',1,'\(name)',\(identity))"
      }
      // Of root's, beside the path and under a probe's name.
      try Files.write(beside, Self.precious)
      let file = try #require(try Files.status(beside))
      let identities = [
        "NULL", "'0:0:0:0'", "'\(file.identity.device):\(file.identity.inode):\(file.size):\(file.modified)'",
      ]
      for identity in identities {
        try forge(channel, row(channel.drop, ".mcp_in.json.0123456789abcdef", identity))
        let outcome = try channel.sluice("apply", "--to", "fifo", "--yes")
        #expect(outcome.status != 0 && outcome.errors.contains(beside), "\(identity): \(outcome)")
        #expect(try Files.status(beside)?.identity == file.identity && Files.text(beside) == Self.precious)
        #expect(try !Files.exists(channel.drop))
      }
      for (path, name) in [
        ("\(channel.root)/secret/precious", ".precious.0123456789abcdef"), (channel.drop, "../secret/precious"),
        (channel.drop, ".mcp_in.json.../secret/prec"), ("\(channel.root)/secret", "precious"),
        (channel.fifo, ".mcp.fifo.0123456789abcdef"),
      ] {
        try forge(channel, row(path, name, "NULL"))
        let outcome = try channel.sluice("apply", "--to", "fifo", "--yes")
        #expect(outcome.status == 1 && outcome.errors.contains("no run makes that"), "\(outcome)")
        try expectUntouched(channel, name)
      }
      // With the note gone all is as before.
      try forge(channel, "DELETE FROM drafts")
      try Files.remove(beside)
      try channel.apply("fifo")
      try channel.expectProven()
    }
  }

  /// Somebody else's drop that a note calls a probe of ours: it arrives.
  @Test func aForgedProbeTakesNobodysDrop() throws {
    try atRunFile { channel in
      try channel.rollback("file-drop")
      try channel.shell(
        #"echo '{"method":"ping"}' > "$DROP""#, user: Users.strangerPrefix(1001))
      let drop = try #require(try Files.status(channel.drop))
      let identity = "\(drop.identity.device):\(drop.identity.inode):\(drop.size):\(drop.modified)"
      try forge(
        channel,
        "INSERT INTO drafts VALUES('\(channel.drop)','decoy',1,'.mcp_in.json.0123456789abcdef','\(identity)')")
      let outcome = try channel.sluice("apply", "--to", "run-file", "--yes")
      #expect(outcome.status == 0, "\(outcome)")
      try eventually("the drop is handled") { try channel.count("file-drop", "handled") == 1 }
    }
  }
}
