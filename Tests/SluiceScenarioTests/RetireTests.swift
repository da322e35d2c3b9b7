import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// `sluice retire`: the gate, the seal, the certificate, and that there is no way back.
@Suite(.serialized, .printsLogs)
struct RetireTests {
  static let quiet = "400ms"

  /// A channel at socket with both services.
  private static func atSocket(
    user: [String] = [], quiet: String = quiet, _ body: (Rehearsal) throws -> Void
  ) throws {
    try Rehearsal.run(isOpen: true, user: user) { channel in
      try channel.useRecordingHandler()
      try channel.askForQuiet(quiet)
      if !user.isEmpty { try channel.giveAway(to: SecondUser.id) }
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("socket")
      defer { channel.unseal() }
      try body(channel)
    }
  }

  private static let confirm = ["retire", "--confirm", "/tmp/mcp_in.json"]

  @Test(.enabled(if: Privilege.isRoot, "needs root, for CAP_LINUX_IMMUTABLE"))
  func whatNobodyUsesIsSealedForEverybody() throws {
    try Self.atSocket { channel in
      try channel.waitForQuiet()
      let outcome = try channel.retire("--confirm", channel.drop)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(try channel.status().text("phase") == "retired")
      let plan = try channel.sluice("plan")
      #expect(plan.status == 0 && plan.output == "at retired already: nothing to do\n", "\(plan)")
      let back = try channel.sluice("plan", "--to", "socket")
      #expect(back.status == 64 && back.output.isEmpty && back.errors.contains("no way back"), "\(back)")
      for user in [[], SecondUser.prefix] {
        for write in [
          "echo x > $DROP", "echo x >> $DROP", "cp /etc/hostname $DROP",
          "touch $DROP.t 2>/dev/null && mv -f $DROP.t $DROP",
        ] {
          let written = try channel.shell(write, user: user)
          #expect(written.status != 0, "\(write) as \(user): \(written)")
        }
      }
      try channel.expectProven()
      // Nobody used these: they are gone, and stay away from a server that is started later.
      for path in [channel.fifo, channel.runFile, "\(channel.runtime)/mcp.lock"] { #expect(try !Files.exists(path)) }
      let certificate = try channel.certificate()
      #expect(certificate.text("status") == "retired" && certificate.number("format") == 1)
      #expect(certificate.object("seal")?.flag("weak") == false)
      #expect(certificate.object("seal")?.objects("tried").count == 8)
      #expect(certificate.objects("routes").compactMap { $0.flag("closed") } == [true, true])
      #expect(certificate.object("audit")?.flag("intact") == true)
      let shown = try channel.sluice("retire", "--show")
      #expect(try Files.text("\(channel.state)/retirement.json") == shown.output)
      let shapes = try JSONMembersTests.documented(channel)
      try JSONMembersTests.expect(shown, try #require(shapes["retire --show"]), "retire --show")
      try JSONMembersTests.expect(
        try channel.sluice("--json", "retire"), try #require(shapes["retire"]), "retire")
      let history = try channel.sluice("history", "--steps")
      #expect(history.output.contains("retire socket -> retired") && history.output.contains("try seal"), "\(history)")
    }
  }

  @Test(.enabled(if: Privilege.isRoot, "needs root, for CAP_LINUX_IMMUTABLE"))
  func thereIsNoWayBack() throws {
    try Self.atSocket { channel in
      try channel.waitForQuiet()
      #expect(try channel.retire("--confirm", channel.drop).status == 0)
      let back = try channel.sluice("rollback", "--yes")
      #expect(back.status == 64 && back.errors.contains("there is no way back"), "\(back)")
      #expect(try channel.status().text("phase") == "retired")
      let again = try channel.retire()
      #expect(again.status == 0 && again.output.contains("retired"), "\(again)")
      let apply = try channel.sluice("apply", "--to", "retired", "--yes")
      #expect(apply.status == 64 && apply.errors.contains("sluice retire"), "\(apply)")
    }
  }

  @Test func refusals() throws {
    try Self.atSocket(quiet: "1h") { channel in
      for (words, status, text) in [
        (["--yes"], Int32(3), "quiet are needed"),
        (["--waive", "gone", "--reason", "x", "--confirm", channel.drop], 64, "nobody of that name"),
        (["--waive", "1001", "--confirm", channel.drop], 64, "needs its --reason"),
        (["--waive", "1001", "--reason", " ", "--confirm", channel.drop], 64, "needs its --reason"),
        (["--show"], 3, "was not retired"),
      ] {
        let outcome = try channel.retire(words)
        #expect(outcome.status == status && outcome.errors.contains(text), "\(words): \(outcome)")
      }
      try channel.askForQuiet("1ms")
      for (words, status, text) in [
        (["--yes"], Int32(64), "--yes does not do"), ([], 64, "--confirm /tmp/mcp_in.json"),
        (["--confirm", "/tmp/mcp_in"], 64, "nothing was changed"),
      ] {
        let outcome = try channel.retire(words)
        #expect(outcome.status == status && outcome.errors.contains(text), "\(words): \(outcome)")
      }
      try channel.rollback("fifo")
      let early = try channel.retire("--confirm", channel.drop)
      #expect(early.status == 3 && early.errors.contains("only from socket on"), "\(early)")
      #expect(try !Files.exists(channel.drop))
    }
  }

  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
  func whoStillWritesIsNamedAndCanBeWaived() throws {
    try Self.atSocket(quiet: "1h") { channel in
      try channel.shell(#"echo '{"method":"ping"}' > $DROP"#, user: Users.strangerPrefix(1001))
      try eventually("it is handled") { try channel.count("file-drop", "handled") == 1 }
      try channel.askForQuiet("30m")
      let refused = try channel.retire("--confirm", channel.drop)
      #expect(refused.status == 3 && refused.errors.contains("uid 1001"), "\(refused)")
      #expect(refused.errors.contains("1 message in all") && refused.errors.contains("opens "), "\(refused)")
      // The clock still runs from the watch's beginning, which no waiver of a caller's covers.
      try channel.askForQuiet(Self.quiet)
      try channel.waitForQuiet()
      try channel.shell(#"echo '{"method":"ping"}' > $DROP"#, user: Users.strangerPrefix(1001))
      try eventually("it is handled") { try channel.count("file-drop", "handled") == 2 }
      if Privilege.isRoot {
        let waived = try channel.retire("--confirm", channel.drop, "--waive", "1001", "--reason", "its host is gone")
        #expect(waived.status == 0, "\(waived)")
        let certificate = try channel.certificate()
        #expect(certificate.objects("waivers").first?.text("reason") == "its host is gone")
        let record = try JSONText.object(try channel.sluice("audit", "show", "--event", "waived").output)
        #expect(record.number("uid") == 0 && record.text("caller") == "1001", "\(record)")
        #expect(record.text("reason") == "its host is gone", "\(record)")
        // By program where it was still there to be asked: one row or two.
        let seen = certificate.objects("clients").filter { $0.number("uid") == 1001 }
        #expect(seen.reduce(0) { $0 + ($1.number("count") ?? 0) } == 2)
      }
    }
  }

  /// Without the right to fix a file the seal is a socket's node, which its own owner can move away.
  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
  func aWeakSealIsNamedAndTakenOnlyIfAsked() throws {
    try Self.atSocket(user: SecondUser.prefix) { channel in
      try channel.waitForQuiet()
      let refused = try channel.retire("--confirm", channel.drop)
      #expect(refused.status == 3 && refused.errors.contains("mv as uid \(SecondUser.id)"), "\(refused)")
      #expect(refused.errors.contains("--accept-weak-seal"), "\(refused)")
      // Nothing was sealed, and drops are taken as before.
      #expect(try channel.status().text("phase") == "socket")
      try eventually("drops are taken") { try channel.status().flag("relayHolding") == false }
      try channel.shell(#"echo '{"method":"ping"}' > $DROP"#, user: SecondUser.prefix)
      try eventually("it is handled") { try channel.count("file-drop", "handled") == 1 }
      try channel.waitForQuiet()
      let taken = try channel.retire("--confirm", channel.drop, "--accept-weak-seal")
      #expect(taken.status == 0, "\(taken)")
      for user in [[], SecondUser.prefix] {
        for write in ["echo x > $DROP", "echo x >> $DROP", "cp /etc/hostname $DROP"] {
          #expect(try channel.shell(write, user: user).status != 0, "\(write)")
        }
      }
      let seal = try channel.certificate().object("seal")
      #expect(seal?.flag("weak") == true && seal?.flag("weakAccepted") == true && seal?.text("kind") == "socket node")
    }
  }

  @Test(.enabled(if: Privilege.isRoot, "needs root, for CAP_LINUX_IMMUTABLE"))
  func aRouteThatSomebodyUsesStays() throws {
    try Self.atSocket { channel in
      try channel.askForQuiet("5s")
      try channel.waitForQuiet()
      try channel.shell(#"echo '{"method":"ping"}' > $DIR/mcp.fifo"#)
      try eventually("it is handled") { try channel.count("fifo", "handled") == 1 }
      let outcome = try channel.retire("--confirm", channel.drop)
      #expect(outcome.status == 0, "\(outcome)")
      let routes = try channel.certificate().objects("routes")
      let fifo = routes.first { $0.text("route") == "fifo" }
      if fifo?.flag("closed") == false {
        #expect(try Files.exists(channel.fifo))
        #expect(fifo?.text("reason")?.contains("left open") == true)
        try channel.shell(#"echo '{"method":"ping"}' > $DIR/mcp.fifo"#)
        try eventually("it is handled") { try channel.count("fifo", "handled") == 2 }
      } else {
        Issue.record("the FIFO was closed: \(routes)")
      }
      #expect(try !Files.exists(channel.runFile))
      try channel.expectProven()
    }
  }

  /// What a start of the system takes away is named, and sealed again without a question.
  @Test(.enabled(if: Privilege.isRoot, "needs root, for CAP_LINUX_IMMUTABLE"))
  func aWipedLegacyDirectoryIsDriftAndIsSealedAgain() throws {
    try Self.atSocket { channel in
      try channel.waitForQuiet()
      #expect(try channel.retire("--confirm", channel.drop).status == 0)
      channel.unseal()
      let verified = try channel.sluice("verify")
      #expect(verified.status == 4 && verified.output.contains("the seal at"), "\(verified)")
      // Somebody writes there before anybody has looked: it is not lost.
      try channel.shell(#"echo '{"method":"note","params":{"label":"late-1"}}' > $DROP"#)
      let again = try channel.retire()
      #expect(again.status == 0, "\(again)")
      try eventually("the late drop is handled") { try Files.text(channel.record).contains("late-1") }
      #expect(try channel.shell("echo x > $DROP").status != 0)
      try channel.expectProven()
      #expect(try channel.sluice("history").output.contains("retire retired -> retired"))
    }
  }

  /// A directory that nobody can take away stands in the way: nothing is sealed, both choices are told.
  @Test(.enabled(if: Privilege.isRoot, "needs root, for CAP_LINUX_IMMUTABLE"))
  func whatIsForeignIsLeftAndNamed() throws {
    try Self.atSocket { channel in
      try channel.shell("echo mine > $DROP.x; chattr +i $DROP.x 2>/dev/null || true; mkdir -p $ROOT/mnt")
      // A mount is what the relay cannot take by rename.
      let mounted = try channel.shell("mkdir $DROP && mount --bind $ROOT/mnt $DROP")
      guard mounted.status == 0 else { return }
      defer { _ = try? channel.shell("umount $DROP; chattr -i $DROP.x; rmdir $DROP") }
      try channel.waitForQuiet()
      let outcome = try channel.retire("--confirm", channel.drop)
      #expect(outcome.status == 4 && outcome.errors.contains("either move it away"), "\(outcome)")
      #expect(try channel.status().text("phase") == "socket")
    }
  }
}

extension Rehearsal {
  func askForQuiet(_ quiet: String) throws {
    let name = "\(root)/migrations/0004-retire-legacy.json5"
    let text = try Files.text(name)
    guard let start = text.firstRange(of: "quiet: \"") else { throw ScenarioFailure("no quiet in \(text)") }
    let end = text[start.upperBound...].firstIndex(of: "\"") ?? text.endIndex
    try Files.write(name, "\(text[..<start.upperBound])\(quiet)\(text[end...])")
  }

  @discardableResult
  func retire(_ words: String...) throws -> Outcome { try retire(words) }

  @discardableResult
  func retire(_ words: [String]) throws -> Outcome {
    try RunningProgram(self.words(["retire"] + words), variables: variables).end(seconds: 60)
  }

  /// Nothing came, and the relay watched, for as long as is asked.
  func waitForQuiet() throws {
    try eventually("the window is open: \((try? sluice("clients").output) ?? "")") {
      try JSONText.object(sluice("clients", "--json").output).object("quietWindow")?.flag("open") == true
    }
  }

  func certificate() throws -> JSON5Object { try JSONText.object(try Files.text("\(state)/retirement.json")) }

  /// Takes the seal away, as the start of a system does with /tmp; also for the removal of the test's directory.
  func unseal() { _ = try? shell("chattr -i $DROP 2>/dev/null; rm -f $DROP") }
}
