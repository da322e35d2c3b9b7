import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// Root runs a command for a channel of another user, who owns the directories that it looks into, and puts there what
/// he likes. A hard link is made by root here, as by that user where fs.protected_hardlinks is off.
@Suite(
  .serialized, .printsLogs,
  .enabled(if: SecondUser.isAvailable && Accounts.userName(SecondUser.id) == "nobody", "needs root and the user nobody")
)
struct RootSafetyTests {
  /// Root's own, which none of this may read, change or give away.
  private static let secret = "root's own words\n"

  /// At run-file, and then with nobody running: what is planted is not in a server's hands.
  private func afterRunFile(_ more: String = "", _ body: (Rehearsal) throws -> Void) throws {
    let settings = #"user: "nobody","# + more
    try Rehearsal.run(settings, isOpen: true) { channel in
      let (server, relay) = (try channel.serve(), try channel.relay())
      try channel.waitForRelay()
      try channel.apply("run-file")
      for service in [relay, server] {
        try service.terminate()
        #expect(try service.end() == 0)
      }
      try channel.shell("mkdir -m 0700 $ROOT/secret; mkdir -m 0755 $ROOT/open")
      try Files.write("\(channel.root)/secret/words", Self.secret, mode: 0o600)
      try body(channel)
    }
  }

  private func expectUntouched(
    _ channel: Rehearsal, _ what: String, mode: UInt32 = 0o600, location: SourceLocation = #_sourceLocation
  ) throws {
    let path = "\(channel.root)/secret/words"
    let found = try #require(try Files.status(path), "\(what)", sourceLocation: location)
    #expect(found.uid == 0 && found.gid == 0 && found.mode == mode, "\(what): \(found)", sourceLocation: location)
    #expect(try Files.text(path) == Self.secret, "\(what)", sourceLocation: location)
  }

  /// As the channel's user.
  private func plant(_ channel: Rehearsal, _ script: String) throws {
    let done = try channel.shell("set -e; cd \(channel.state); \(script)", user: SecondUser.prefix)
    try #require(done.status == 0, "\(script): \(done)")
  }

  private func link(_ channel: Rehearsal, _ path: String) throws {
    let done = try channel.shell("set -e; rm -f $1; ln $ROOT/secret/words $1", path)
    try #require(done.status == 0, "\(done)")
  }

  private func run(_ channel: Rehearsal, _ words: [String]) throws -> Outcome {
    // Waiting for somebody else's end of a pipe would be waiting for ever.
    try RunningProgram(channel.words(words), variables: channel.variables).end(seconds: 15)
  }

  // MARK: The state

  static let lookers = [
    ["history"], ["status"], ["lint"], ["verify"], ["clients"], ["attest"], ["plan"], ["confirm"], ["apply", "--yes"],
    ["rollback", "--yes"],
  ]

  @Test func aFIFOInTheDatabasesPlaceKeepsNobodyWaiting() throws {
    try afterRunFile { channel in
      for name in ["state.db", "state.db-journal", "state.db-wal", "state.db-shm"] {
        try plant(channel, "[ ! -e \(name) ] || mv \(name) kept; mkfifo \(name)")
        for words in name == "state.db" ? Self.lookers : [["history"]] {
          let outcome = try run(channel, words)
          // What asks the server first finds that there is none.
          let isAsking = ["apply", "rollback", "confirm"].contains(words[0]) && outcome.status == 69
          #expect(isAsking || outcome.status == 1 && outcome.errors.contains("\(name): cannot open it"), "\(outcome)")
          #expect(isAsking || outcome.errors.contains("it is a FIFO, not a file"), "\(outcome)")
        }
        for service in ["serve", "relay"] {
          let outcome = try run(channel, [service])
          #expect(outcome.status == 1 && outcome.errors.contains("it is a FIFO, not a file"), "\(outcome)")
        }
        try plant(channel, "rm \(name); [ ! -e kept ] || mv kept \(name)")
      }
      #expect(try run(channel, ["history"]).status == 0)
    }
  }

  @Test func aLinkInTheDatabasesPlaceShowsNothing() throws {
    try afterRunFile { channel in
      // A state that only root may read, with a run in it.
      let copied = try channel.shell(
        "set -e; cp \(channel.state)/state.db $ROOT/secret/words; chmod 600 $ROOT/secret/words; rm -f \(channel.state)/state.db*"
      )
      try #require(copied.status == 0, "\(copied)")
      let before = try channel.shell("stat -c '%u %a %s %Y' $ROOT/secret/words; ls $ROOT/secret").output
      for isHard in [true, false] {
        try channel.shell(
          isHard
            ? "ln $ROOT/secret/words \(channel.state)/state.db" : "ln -s $ROOT/secret/words \(channel.state)/state.db")
        for words in Self.lookers {
          let outcome = try run(channel, words)
          #expect(outcome.status != 0 && !outcome.output.contains("run-file"), "\(isHard): \(outcome)")
        }
        try channel.shell("rm -f \(channel.state)/state.db*")
      }
      #expect(try channel.shell("stat -c '%u %a %s %Y' $ROOT/secret/words; ls $ROOT/secret").output == before)
    }
  }

  /// SQLite gives the shared memory's file to the database's owner where root opens it.
  @Test(arguments: ["state.db-shm", "state.db-wal", "state.db-journal"]) func aLinkBesideTheDatabaseGivesNothingAway(
    name: String
  ) throws {
    try afterRunFile { channel in
      for words in Self.lookers {
        try link(channel, "\(channel.state)/\(name)")
        _ = try run(channel, words)
        try expectUntouched(channel, "\(words) with \(name)")
        try channel.shell("rm -f \(channel.state)/\(name)")
      }
    }
  }

  // MARK: Quarantine and logs

  @Test func anExchangedDirectoryShowsNothing() throws {
    try afterRunFile { channel in
      let logs = "\(channel.root)/var/log/sluice/parrot-mcp"
      try plant(channel, "mv quarantine away; ln -s \(channel.root)/secret quarantine")
      for words in [
        ["quarantine", "list"], ["quarantine", "show", "words"], ["quarantine", "drop", "--all", "--yes"],
      ] {
        let outcome = try run(channel, words)
        #expect([1, 77].contains(outcome.status) && !outcome.output.contains("words"), "\(outcome)")
      }
      for isHard in [true, false] {
        try plant(channel, "cd \(logs); rm -f audit.jsonl")
        try channel.shell(
          isHard ? "ln $ROOT/secret/words \(logs)/audit.jsonl" : "ln -s $ROOT/secret/words \(logs)/audit.jsonl")
        for words in [["audit", "show"], ["audit", "verify"], ["quarantine", "list"], ["verify"], ["clients"]] {
          let outcome = try run(channel, words)
          #expect(!(outcome.output + outcome.errors).contains("root's own"), "\(outcome)")
        }
      }
      try plant(channel, "cd \(logs); rm -f audit.jsonl; mkfifo audit.jsonl")
      for words in [["audit", "show"], ["audit", "verify"], ["quarantine", "list"], ["verify"], ["clients"]] {
        let outcome = try run(channel, words)
        #expect(outcome.status != 0 || words[0] == "clients", "\(outcome)")
      }
      try expectUntouched(channel, "the log")
    }
  }

  // MARK: Services that root starts

  @Test(arguments: ["serve", "relay"]) func aLinkInTheLocksPlaceIsNotWrittenTo(service: String) throws {
    try afterRunFile { channel in
      let lock = "\(channel.state)/\(service).lock"
      try link(channel, lock)
      let refused = try run(channel, [service])
      #expect(refused.status != 0 && refused.errors.contains(lock), "\(refused)")
      try expectUntouched(channel, "\(service).lock")
      // Not even where that user may write to the other file: what is in it is somebody's.
      try plant(channel, "rm -f \(lock); echo mine > mine; ln mine \(lock)")
      let foreign = try run(channel, [service])
      #expect(foreign.status == 77 && foreign.errors.contains("has another name (a hard link)"), "\(foreign)")
      #expect(try Files.text("\(channel.state)/mine") == "mine\n")
      try plant(channel, "rm -f \(lock); mkfifo \(lock)")
      let pipe = try run(channel, [service])
      #expect(pipe.status == 77 && pipe.errors.contains("no plain file"), "\(pipe)")
      let check = try run(channel, [service, "--check"])
      #expect(check.status == 0 || check.status == 3, "\(check)")
    }
  }

  /// A relay that stays root works for another user all its life.
  @Test(arguments: [#"relay: { user: "root" },"#, ""]) func aLinkInTheRelaysLogIsNotGivenAway(settings: String) throws {
    try afterRunFile(settings) { channel in
      for name in ["relay.jsonl", "relay.jsonl.pending"] {
        let path = "\(channel.root)/var/log/sluice/parrot-mcp/\(name)"
        try link(channel, path)
        let refused = try run(channel, ["relay"])
        #expect(refused.status != 0, "\(refused)")
        try expectUntouched(channel, "\(settings) \(name)")
        try Files.remove(path)
      }
    }
  }

  @Test func aLinkInTheOldLogIsNotWrittenTo() throws {
    try afterRunFile(#"relay: { user: "root" },"#) { channel in
      try channel.configure(#"user: "nobody", relay: { user: "root" },"#, legacy: #"log: "/tmp/old.log","#)
      try link(channel, "\(channel.root)/tmp/old.log")
      try channel.serve()
      let relay = try channel.relay()
      try channel.waitForRelay()
      try channel.shell(#"echo '{"method":"ping"}' > $DROP"#)
      try relay.waitUntilSaid("cannot write the old server's log")
      try expectUntouched(channel, "the old log")
    }
  }

  /// What a service says of the seal before it becomes its user is looked up with that user's rights.
  @Test func theSealsNoticeIsLookedUpAsTheUser() throws {
    try Rehearsal.run(#"user: "nobody","#, isOpen: true) { channel in
      try channel.askForQuiet("1ms")
      let services = [try channel.serve(), try channel.relay()]
      try channel.waitForRelay()
      try channel.apply("socket")
      defer { channel.unseal() }
      let retired = try channel.retire("--confirm", channel.drop, "--waive", "gaps", "--reason", "test")
      #expect(retired.status == 0, "\(retired)")
      for service in services { service.kill() }
      channel.unseal()
      // One that only root may read says nothing, and is not given away by being looked at.
      try channel.shell(
        "mkdir -m 0700 $ROOT/secret; cp \(channel.state)/state.db $ROOT/secret/words; chmod 600 $ROOT/secret/words")
      let words = try #require(try Files.status("\(channel.root)/secret/words"))
      try channel.shell(
        "mkdir $ROOT/kept; mv \(channel.state)/state.db* $ROOT/kept; ln $ROOT/secret/words \(channel.state)/state.db")
      let refused = try run(channel, ["serve"])
      #expect(refused.status != 0 && !refused.errors.contains("the seal at"), "\(refused)")
      let after = try #require(try Files.status("\(channel.root)/secret/words"))
      #expect(after.uid == 0 && after.mode == words.mode && after.size == words.size)
      #expect(try Files.names("\(channel.root)/secret") == ["words"])
      try channel.shell("rm -f \(channel.state)/state.db*; mv $ROOT/kept/* \(channel.state)")
      let server = try channel.serve()
      try server.waitUntilSaid("the seal at \(channel.drop) is gone")
      let relay = try channel.relay()
      try relay.waitUntilSaid("the seal at \(channel.drop) is gone")
    }
  }

  // MARK: Other commands

  @Test func aLinkInTheRunFilesPlaceIsNotAppendedTo() throws {
    try afterRunFile { channel in
      try link(channel, channel.runFile)
      let outcome = try channel.sluice("send", "--transport", "run-file", #"{"method":"ping"}"#)
      #expect(outcome.status == 77 && outcome.errors.contains("has another name (a hard link)"), "\(outcome)")
      try expectUntouched(channel, "the run-file")
    }
  }

  @Test func aRehearsalRunsNobodyElsesProgram() throws {
    try afterRunFile { channel in
      let refused = try run(channel, ["rehearse", "--handler", "channel"])
      #expect(refused.status == 77 && refused.errors.contains("--handler channel would run"), "\(refused)")
      #expect(refused.errors.contains("run it as that user"), "\(refused)")
      try channel.shell("mkdir -m 0777 $ROOT/shared")
      let shared = try RunningProgram(
        channel.words(["rehearse"]), variables: channel.variables + ["TMPDIR=\(channel.root)/shared"]
      ).end(seconds: 15)
      #expect(shared.status == 77 && shared.errors.contains("can be changed by other users"), "\(shared)")
      #expect(try shared.errors.contains("TMPDIR") && Files.names("\(channel.root)/shared").isEmpty, "\(shared)")
    }
  }

  /// Root in a container may lack what it takes to be somebody else for files: it does nothing then.
  @Test func withoutTheRightToTakeRightsNothingIsLookedAt() throws {
    try afterRunFile { channel in
      for words in [["status"], ["history"], ["verify"], ["quarantine", "list"]] {
        let outcome = try RunningProgram(
          ["setpriv", "--bounding-set", "-setuid,-setgid", "--inh-caps", "-setuid,-setgid", "--"]
            + channel.words(words), variables: channel.variables
        ).end()
        #expect(outcome.status == 77 && outcome.errors.contains("run this as that user"), "\(outcome)")
        #expect(outcome.output.isEmpty, "\(outcome)")
      }
      // The channel's user needs none of it.
      let own = try channel.sluice("status", user: SecondUser.prefix)
      #expect(own.status == 0, "\(own)")
    }
  }
}
