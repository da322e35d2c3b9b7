import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// What the relay can do with which rights; its user is never root here.
@Suite(.serialized, .printsLogs, .enabled(if: ForeignRelay.isAvailable, "\(ForeignRelay.reason)"))
struct RelayRightsTests {
  /// Drops `$1` so that its file can be read by its owner only.
  static let writers = [
    "echo": #"umask 077; echo "$1" > $DROP"#, "append": #"umask 077; echo "$1" >> $DROP"#,
    "mv": #"umask 077; echo "$1" > $DROP.$$; mv $DROP.$$ $DROP"#,
    "cp -p": #"umask 077; echo "$1" > $DROP.$$; cp -p $DROP.$$ $DROP; rm $DROP.$$"#,
    "tee": #"umask 077; echo "$1" | tee $DROP >/dev/null"#,
    "link": #"umask 077; echo "$1" > $DROP.$$; ln $DROP.$$ $DROP; rm $DROP.$$"#,
    "dd": #"umask 077; echo "$1" | dd of=$DROP bs=7 2>/dev/null"#,
    "noclobber": #"umask 077; set -C; echo "$1" > $DROP"#,
    "slow": #"umask 077; { printf '%s' "${1:0:20}"; sleep 0.3; printf '%s\n' "${1:20}"; } > $DROP"#,
    "python": #"umask 077; /usr/bin/python3 -c 'import sys; open(sys.argv[2], "w").write(sys.argv[1])' "$1" $DROP"#,
    "unreadable": #"umask 0777; echo "$1" > $DROP.$$; mv $DROP.$$ $DROP"#,
  ]

  @Test("77: a plain user's relay takes that user's drops, and names what it lacks for others'")
  func ownDropsOnly() throws {
    try ForeignRelay.run([]) { rehearsal in
      #expect(try rehearsal.status("CapEff") == "0000000000000000")
      try eventually("the missing rights are named: \(rehearsal.relay.log)") {
        ["CAP_FOWNER", "CAP_LEASE", "CAP_DAC_READ_SEARCH"].allSatisfy(rehearsal.relay.log.contains)
      }
      try rehearsal.expectDelivery("own", as: SecondUser.id)
      try rehearsal.shell(as: ForeignRelay.attacker, "echo foreign > $DROP")
      try eventually("the foreign drop is on record: \(rehearsal.relay.log)") {
        try rehearsal.records("claim-failed").count == 1
      }
      let record = try #require(try rehearsal.records("claim-failed").first)
      #expect(record.text("error") == "EPERM" && record.text("path") == rehearsal.channel.drop)
      #expect(record.text("advice")?.contains("CAP_FOWNER") == true)
      // It looks again, and neither spins nor repeats itself.
      let before = try rehearsal.ticks()
      Wait.pause(nanoseconds: 2_500_000_000)
      #expect(try rehearsal.ticks() - before < 50)
      #expect(rehearsal.relay.log.split(separator: "\n").count { $0.contains("cannot claim") } == 1)
      try rehearsal.shell(as: ForeignRelay.attacker, "rm $DROP")
      try rehearsal.expectDelivery("later", as: SecondUser.id)
    }
  }

  @Test("77: a foreign drop that waits at the start is named")
  func foreignSlotAtStart() throws {
    try ForeignRelay.run([]) { rehearsal in
      rehearsal.relay.kill()
      try rehearsal.shell(as: ForeignRelay.attacker, "echo foreign > $DROP")
      let relay = try ForeignRelay.start(rehearsal.channel, [])
      try relay.waitUntilReady()
      try eventually("it is named: \(relay.log)") {
        relay.log.contains("\(rehearsal.channel.drop) belongs to uid \(ForeignRelay.attacker)")
      }
    }
  }

  @Test("78: with three capabilities and no root, another user's 0600 drops arrive whole and once")
  func threeCapabilities() throws {
    try ForeignRelay.run { rehearsal in
      #expect(try rehearsal.status("Uid") == "65534 65534 65534 65534")
      #expect(try rehearsal.status("CapEff") == "000000001000000c")
      #expect(try rehearsal.status("CapPrm") == "000000001000000c")
      #expect(try rehearsal.status("CapAmb") == "0000000000000000")
      try Self.expectEveryWriter(rehearsal) { try rehearsal.shell(as: ForeignRelay.attacker, $0, $1) }
      for record in try rehearsal.records("message") {
        #expect(record.number("uid") == Int64(ForeignRelay.attacker), "\(record)")
        #expect(record.text("proof") == "leased")
      }
      #expect(!rehearsal.relay.log.contains("CAP_FOWNER") && !rehearsal.relay.log.contains("CAP_LEASE"))
      try rehearsal.relay.waitUntilSaid("CAP_SYS_ADMIN")
    }
  }

  /// Each way of writing, one after the other.
  static func expectEveryWriter(_ rehearsal: ForeignRelay, _ shell: (String, String) throws -> Outcome) throws {
    for (name, script) in writers.sorted(by: { $0.key < $1.key }) {
      let message = LegacyWriter.message(name, 1)
      let outcome = try shell(script, message)
      #expect(outcome.status == 0, "\(name): \(outcome)")
      try rehearsal.channel.waitUntilHandled(message)
    }
    try rehearsal.channel.waitUntilDrained()
    for name in writers.keys { #expect(try rehearsal.count(LegacyWriter.message(name, 1)) == 1, "\(name)") }
  }

  @Test("78: systemd's AmbientCapabilities and more: what is not needed is dropped")
  func moreThanIsNeeded() throws {
    try ForeignRelay.run(ForeignRelay.three + ["chown", "net_raw", "sys_admin", "setuid"]) { rehearsal in
      #expect(try rehearsal.status("CapEff") == "000000001020000c")
      try rehearsal.expectDelivery("witnessed")
      #expect(try rehearsal.records("message").map { $0.text("proof") } == ["witnessed"])
    }
  }

  @Test("78: a relay that root starts is the channel's user, and finishes what one that stayed root had claimed")
  func startedAsRoot() throws {
    try ForeignRelay.run { rehearsal in
      rehearsal.relay.kill()
      let message = LegacyWriter.message("earlier", 1)
      let script = """
        rm -r $ROOT/tmp/.parrot-mcp-relay-*; umask 077; mkdir -p $ROOT/tmp/.parrot-mcp-relay-0/claims
        echo "$1" > $ROOT/tmp/.parrot-mcp-relay-0/claims/c0000000000000001-0123456789abcdef
        chown 1001 $ROOT/tmp/.parrot-mcp-relay-0/claims/c*
        """
      let outcome = try rehearsal.channel.shell(script, message)
      #expect(outcome.status == 0, "\(outcome)")
      let now = ForeignRelay(
        channel: rehearsal.channel, server: rehearsal.server, relay: try rehearsal.channel.relay())
      #expect(try now.status("Uid") == "65534 65534 65534 65534")
      #expect(try now.status("CapEff") == "000000001020000c" && now.status("CapBnd") == "000000001020000c")
      try rehearsal.channel.waitUntilHandled(message)
      try now.expectDelivery("next")
      #expect(try !Files.exists("\(rehearsal.channel.root)/tmp/.parrot-mcp-relay-0"))
    }
  }

  @Test("79: without CAP_LEASE each foreign message says that its completeness is not proven")
  func noLease() throws {
    try ForeignRelay.run(["fowner", "dac_read_search"]) { rehearsal in
      try rehearsal.relay.waitUntilSaid("CAP_LEASE")
      try rehearsal.expectDelivery("foreign")
      try rehearsal.expectDelivery("own", as: SecondUser.id)
      #expect(try rehearsal.records("message").map { $0.text("proof") } == ["quiet", "leased"])
    }
  }

  @Test("79: without CAP_DAC_READ_SEARCH a private drop is refused by name")
  func noReading() throws {
    try ForeignRelay.run(["fowner", "lease"]) { rehearsal in
      try rehearsal.relay.waitUntilSaid("CAP_DAC_READ_SEARCH")
      try rehearsal.shell(as: ForeignRelay.attacker, "umask 077; echo private > $DROP.x; mv $DROP.x $DROP")
      try eventually("it is refused") {
        try rehearsal.records("quarantined").contains { $0.text("reason")?.contains("not readable") == true }
      }
      try rehearsal.expectDelivery("readable")
    }
  }

  @Test("84: the owner counts as the writer where only he could write")
  func ownerOrShared() throws {
    try ForeignRelay.run { rehearsal in
      try rehearsal.expectDelivery("mine")
      // A descriptor that its owner hands to another process says nothing of who wrote: documented, not detected.
      let script = """
        import os, sys
        os.seteuid(1001); f = os.open(sys.argv[1] + '.x', os.O_CREAT | os.O_WRONLY, 0o644); os.seteuid(0)
        if os.fork() == 0:
            os.setuid(1002); os.write(f, sys.argv[2].encode()); os._exit(0)
        os.wait(); os.close(f); os.rename(sys.argv[1] + '.x', sys.argv[1])
        """
      let passed = LegacyWriter.message("passed", 1)
      let outcome = try RunningProgram(["/usr/bin/python3", "-c", script, rehearsal.channel.drop, passed]).end()
      #expect(outcome.status == 0, "\(outcome)")
      try rehearsal.channel.waitUntilHandled(passed)
      let shared = LegacyWriter.message("shared", 1)
      try rehearsal.shell(as: 1001, "umask 0; : > $DROP.y; chmod 666 $DROP.y")
      try rehearsal.shell(as: 1002, #"echo "$1" > $DROP.y"#, shared)
      try rehearsal.shell(as: 1001, "mv $DROP.y $DROP")
      try rehearsal.channel.waitUntilHandled(shared)
      let records = try rehearsal.records("message")
      #expect(records.map { $0.number("uid") } == [Int64(ForeignRelay.client), 1001, 1001])
      #expect(records.map { $0.text("attestation") } == ["owner", "owner", "shared"])
    }
  }

  @Test(
    "82: where no leases are to be had, it is said at the start and of each message",
    .enabled(if: StopPoint.isCompiledIn))
  func noLeases() throws {
    try ForeignRelay.run { rehearsal in
      rehearsal.relay.kill()
      let relay = try rehearsal.channel.launch(
        "relay", ["relay"], before: ForeignRelay.prefix(ForeignRelay.three), more: ["SLUICE_FAULT=no-leases"])
      try relay.waitUntilReady()
      try relay.waitUntilSaid("no leases at", "fs.leases-enable")
      try rehearsal.expectDelivery("slow")
      #expect(try rehearsal.records("message").map { $0.text("proof") } == ["quiet"])
    }
  }

  /// The setting is the whole machine's, so it is changed only where that is asked for.
  private static let mayChangeKernel = Process.environment("SLUICE_TEST_SYSCTL") != nil

  @Test("80: the same drops arrive whatever fs.protected_regular is", arguments: ["as it is", "0", "1", "2"])
  func protectedRegular(_ value: String) throws {
    let path = "/proc/sys/fs/protected_regular"
    let before = try Files.text(path)
    guard value == "as it is" || Self.mayChangeKernel else {
      print("skipped: SLUICE_TEST_SYSCTL is not set; fs.protected_regular is \(before)")
      return
    }
    if value != "as it is" { _ = try RunningProgram(["/bin/sh", "-c", "echo \(value) > \(path)"]).end() }
    defer { _ = try? RunningProgram(["/bin/sh", "-c", "printf %s '\(before)' > \(path)"]).end() }
    try ForeignRelay.run { rehearsal in
      try Self.expectEveryWriter(rehearsal) { try rehearsal.shell(as: ForeignRelay.attacker, $0, $1) }
    }
  }
}
