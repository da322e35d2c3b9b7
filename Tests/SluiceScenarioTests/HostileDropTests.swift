import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// What an attacker leaves at the path; each time the next user's message arrives, and the relay lives.
///
/// The relay is an ordinary user's with three capabilities, the attacker and the client are two other users.
@Suite(.serialized, .printsLogs, .enabled(if: ForeignRelay.isAvailable, "\(ForeignRelay.reason)"))
struct HostileDropTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let title: String
    let script: String
    /// What the record says; nil where nothing is to be recorded.
    let reason: String?
    /// As whom: root where only root could.
    var user = ForeignRelay.attacker
    var testDescription: String { title }
  }

  private static let cases = [
    Case(
      title: "54: a symbolic link to /etc/shadow", script: "ln -s /etc/shadow $DROP", reason: "a symbolic link stood"),
    Case(title: "55: a dangling symbolic link", script: "ln -s /nonexistent $DROP", reason: "a symbolic link stood"),
    Case(title: "56: a FIFO", script: "mkfifo $DROP", reason: "a FIFO stood"),
    Case(
      title: "57: a Unix socket",
      script:
        "/usr/bin/python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' $DROP.s; mv $DROP.s $DROP",
      reason: "a socket stood"),
    Case(title: "58: a device", script: "umask 0; mknod $DROP c 1 5", reason: "a character device stood", user: 0),
    Case(title: "60: a sparse file of 1 TiB", script: "truncate -s 1T $DROP.x; mv $DROP.x $DROP", reason: "bytes"),
    Case(
      title: "61: one byte more than the limit",
      script:
        #"{ printf '{"method":"'; head -c 65524 /dev/zero | tr '\0' x; printf '"}'; } > $DROP.x; mv $DROP.x $DROP"#,
      reason: "bytes"),
    Case(title: "63: random bytes", script: "head -c 3000 /dev/urandom > $DROP.x; mv $DROP.x $DROP", reason: ""),
    Case(title: "63: NUL bytes", script: "head -c 300 /dev/zero > $DROP.x; mv $DROP.x $DROP", reason: ""),
    Case(
      title: "63: invalid UTF-8", script: #"printf '{"method":"\377\376"}' > $DROP.x; mv $DROP.x $DROP"#, reason: ""),
    Case(
      title: "63: nesting of 30,000 levels",
      script: "head -c 30000 /dev/zero | tr '\\0' '[' > $DROP.x; mv $DROP.x $DROP", reason: ""),
    Case(
      title: "66: a hard link to a file of root's", script: "ln $ROOT/tmp/secret $DROP", reason: "second name", user: 0),
  ]

  private func prepared(_ settings: String = #"limits: { message: "64K" },"#, _ body: (ForeignRelay) throws -> Void)
    throws
  {
    try ForeignRelay.run(settings: settings) { rehearsal in
      try Files.write("\(rehearsal.channel.root)/tmp/secret", #"{"method":"secret"}"#, mode: 0o600)
      try body(rehearsal)
      #expect(rehearsal.relay.isRunning && rehearsal.server.isRunning)
      #expect(try rehearsal.count(#"{"method":"secret"}"#) == 0)
      let chain = try rehearsal.channel.sluice("audit", "verify", "--relay")
      #expect(chain.status == 0, "\(chain)")
    }
  }

  private func drop(_ rehearsal: ForeignRelay, _ drop: Case) throws {
    let outcome =
      drop.user == 0
      ? try rehearsal.channel.shell(drop.script) : try rehearsal.shell(as: drop.user, drop.script)
    #expect(outcome.status == 0, "\(drop.title): \(outcome)")
  }

  @Test("54 to 66: what is no message is taken out of the way unread, and recorded", arguments: cases)
  func strangeThings(_ strange: Case) throws {
    try prepared { rehearsal in
      try drop(rehearsal, strange)
      let time = try rehearsal.expectDelivery("next")
      try eventually("it is on record: \(rehearsal.relay.log)") {
        try rehearsal.records("quarantined").contains { record in
          strange.reason.map { $0.isEmpty || record.text("reason")?.contains($0) == true } ?? true
        }
      }
      #expect(try rehearsal.records("quarantined").count == 1)
      #expect(try Files.text("\(rehearsal.channel.root)/tmp/secret") == #"{"method":"secret"}"#)
      print("\(strange.title): the next message of another user was handled after \(time / 1_000_000) ms")
    }
  }

  @Test("59: a directory with 500 entries is moved aside, its contents untouched")
  func directory() throws {
    try prepared { rehearsal in
      let script =
        "mkdir $DROP.d; for i in {1..500}; do echo $i > $DROP.d/$i; done; chmod 700 $DROP.d; mv $DROP.d $DROP"
      let outcome = try rehearsal.shell(as: ForeignRelay.attacker, script)
      #expect(outcome.status == 0, "\(outcome)")
      try rehearsal.expectDelivery("next")
      let aside = try Files.names("\(rehearsal.channel.root)/tmp").filter { $0.hasPrefix(".rejected-") }
      #expect(aside.count == 1)
      let place = "\(rehearsal.channel.root)/tmp/\(try #require(aside.first))"
      #expect(try Files.names(place).count == 500)
      #expect(try Files.status(place)?.uid == ForeignRelay.attacker)
      #expect(try Files.text("\(place)/7") == "7\n")
      try eventually("it is on record") {
        try rehearsal.records("quarantined").contains { $0.text("reason")?.contains(place) == true }
      }
    }
  }

  @Test("62: a storm of empty files is no message, and fills no log")
  func emptyFiles() throws {
    try prepared { rehearsal in
      let outcome = try rehearsal.shell(
        as: ForeignRelay.attacker, "for i in {1..3000}; do : > $DROP; done 2>/dev/null; true")
      #expect(outcome.status == 0)
      try rehearsal.expectDelivery("next")
      try rehearsal.channel.waitUntilDrained()
      #expect(try Files.lines(rehearsal.channel.record).count == 1)
      #expect(try rehearsal.records("quarantined").isEmpty)
      #expect(rehearsal.relay.log.split(separator: "\n").count < 20, "\(rehearsal.relay.log)")
    }
  }

  @Test("64: a file of mode 000 is read, since the relay was given the right to")
  func modeZero() throws {
    try prepared { rehearsal in
      let message = LegacyWriter.message("closed", 1)
      try rehearsal.shell(
        as: ForeignRelay.attacker, #"echo "$1" > $DROP.x; chmod 0 $DROP.x; mv $DROP.x $DROP"#, message)
      try rehearsal.channel.waitUntilHandled(message)
      try rehearsal.expectDelivery("next")
    }
  }

  @Test("67: a write lease of the owner's holds up nobody else, and its drop is delivered when it ends")
  func writeLease() throws {
    try prepared { rehearsal in
      let script = """
        import fcntl, os, signal, sys
        signal.signal(signal.SIGIO, signal.SIG_IGN)
        f = os.open(sys.argv[1] + '.x', os.O_CREAT | os.O_RDWR, 0o644); os.write(f, sys.argv[2].encode())
        fcntl.fcntl(f, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        os.rename(sys.argv[1] + '.x', sys.argv[1])
        print('dropped', flush=True)
        sys.stdin.read()
        """
      let message = LegacyWriter.message("leased", 1)
      let holder = try RunningProgram(
        Users.strangerPrefix(ForeignRelay.attacker) + [
          "/usr/bin/python3", "-c", script, rehearsal.channel.drop, message,
        ],
        keepsInput: true)
      try holder.until("it has dropped") { $0.contains("dropped") }
      let time = try rehearsal.expectDelivery("next")
      print("67: the next message was handled after \(time / 1_000_000) ms while the lease was held")
      #expect(try rehearsal.count(message) == 0)
      holder.closeInput()
      _ = try holder.end()
      try rehearsal.channel.waitUntilHandled(message)
    }
  }

  @Test("69: 600 swaps of a link and a file: nothing is read through the link")
  func swapStorm() throws {
    try prepared { rehearsal in
      let script = #"""
        for i in {1..300}; do
          ln -s $ROOT/tmp/secret $DROP.l; mv -T $DROP.l $DROP
          echo '{"method":"note","params":{"label":"swap-'$i'"}}' > $DROP.f; mv -T $DROP.f $DROP
        done
        """#
      let outcome = try rehearsal.shell(as: ForeignRelay.attacker, script)
      #expect(outcome.status == 0, "\(outcome)")
      try rehearsal.expectDelivery("next")
      try rehearsal.channel.waitUntilDrained()
      let swapped = try Files.lines(rehearsal.channel.record).filter { $0.contains("swap-") }
      #expect(Set(swapped).count == swapped.count)
      print("69: \(swapped.count) of 300 regular files arrived, the others were replaced before they were taken")
    }
  }

  /// In a sticky directory nobody but its owner can remove what stands in the relay's place.
  @Test(
    "70: a squatted claim directory does not keep the relay from starting, and a killed relay's claims are found",
    arguments: ["mkdir -m 700", "mkdir -m 777", "touch", "ln -s /etc", "mkfifo"])
  func squatted(_ script: String) throws {
    try ForeignRelay.run { rehearsal in
      rehearsal.relay.kill()
      let channel = rehearsal.channel
      let own = "\(channel.root)/tmp/.parrot-mcp-relay-\(SecondUser.id)"
      try channel.shell(#"rm -r "$1""#, own)
      let outcome = try rehearsal.shell(as: ForeignRelay.attacker, #"\#(script) "$1""#, own)
      #expect(outcome.status == 0, "\(outcome)")
      let squat = try #require(try Files.status(own))
      #expect(squat.uid == ForeignRelay.attacker)
      let relay = try ForeignRelay.start(channel, ForeignRelay.three)
      try relay.waitUntilReady()
      try relay.waitUntilSaid("\(own) is not ours alone")
      try rehearsal.expectDelivery("beside")
      // Killed with a claim that nobody could take in.
      try rehearsal.server.signal("STOP")
      let message = LegacyWriter.message("claimed", 1)
      try rehearsal.shell(as: ForeignRelay.client, #"umask 022; echo "$1" > $DROP"#, message)
      try eventually("it is claimed") { try !Files.exists(channel.drop) }
      relay.kill()
      try rehearsal.server.signal("CONT")
      try ForeignRelay.start(channel, ForeignRelay.three).waitUntilReady()
      try channel.waitUntilHandled(message)
      try rehearsal.expectDelivery("after")
      #expect(try Files.lines(channel.record).filter { $0 == message }.count == 1)
      #expect(try Files.status(own)?.identity == squat.identity)
      #expect(try Files.names("\(channel.root)/tmp").count { $0.hasPrefix(".parrot-mcp-relay-") } == 2)
    }
  }

  @Test("71: the claim directory can be neither renamed nor removed, nor entered")
  func claimDirectory() throws {
    try prepared { rehearsal in
      let place = "$ROOT/tmp/.parrot-mcp-relay-\(SecondUser.id)"
      for script in [
        "mv \(place) \(place)x", "rmdir \(place)", "rm -rf \(place)", "ls \(place)/claims", "echo > \(place)/x",
      ] {
        let outcome = try rehearsal.shell(as: ForeignRelay.attacker, script)
        #expect(outcome.status != 0, "\(outcome)")
      }
      try rehearsal.expectDelivery("next")
    }
  }

  @Test(
    "75: an immutable or append-only drop is on record and looked at again, without a busy loop", arguments: ["i", "a"])
  func attributes(_ attribute: String) throws {
    try ForeignRelay.run { rehearsal in
      let message = LegacyWriter.message("kept", 1)
      try rehearsal.shell(as: ForeignRelay.attacker, #"echo "$1" > $DROP.x"#, message)
      // A file with the attribute cannot be moved: it gets it in its place, where no relay takes it meanwhile.
      rehearsal.relay.kill()
      let set = try rehearsal.channel.shell("mv $DROP.x $DROP && chattr +\(attribute) $DROP")
      guard set.status == 0 else {
        print("skipped: chattr does not work here: \(set)")
        return
      }
      try ForeignRelay.start(rehearsal.channel, ForeignRelay.three).waitUntilReady()
      defer { _ = try? rehearsal.channel.shell("chattr -ia $DROP $DROP.x; true") }
      try eventually("it is on record") { try rehearsal.records("claim-failed").count == 1 }
      let record = try #require(try rehearsal.records("claim-failed").first)
      #expect(record.text("error") == "EPERM" && record.text("advice")?.contains("chattr") == true, "\(record)")
      Wait.pause(nanoseconds: 2_500_000_000)
      #expect(try rehearsal.records("claim-failed").count == 1)
      try rehearsal.channel.shell("chattr -\(attribute) $DROP")
      try rehearsal.channel.waitUntilHandled(message)
    }
  }
}
