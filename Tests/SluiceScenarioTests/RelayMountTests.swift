import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// Mounts at and around the drop directory, in a mount namespace of the relay's own: the host sees none of them.
@Suite(.serialized, .printsLogs, .enabled(if: ForeignRelay.isAvailable, "\(ForeignRelay.reason)"))
struct RelayMountTests {
  @Test("9: a mount over the drop directory is noticed, and ends the relay")
  func overMount() throws {
    try ForeignRelay.run(script: "mount --make-rprivate /") { rehearsal in
      try rehearsal.inside("mount -t tmpfs -o mode=1777 none $ROOT/tmp")
      #expect(try rehearsal.relay.end() != 0)
      try rehearsal.relay.waitUntilSaid("another directory stands at")
      // Started again by a service manager, it works.
      let again = try ForeignRelay.start(rehearsal.channel, ForeignRelay.three)
      try again.waitUntilReady()
      try ForeignRelay(channel: rehearsal.channel, server: rehearsal.server, relay: again).expectDelivery("again")
    }
  }

  @Test("10: a lazy unmount of the drop directory is noticed")
  func lazyUnmount() throws {
    try ForeignRelay.run(script: "mount --make-rprivate /; mount -t tmpfs -o mode=1777 none $ROOT/tmp") { rehearsal in
      try rehearsal.inside("umount -l $ROOT/tmp")
      #expect(try rehearsal.relay.end() != 0)
      try rehearsal.relay.waitUntilSaid("another directory stands at")
    }
  }

  @Test("76: something mounted on the slot is on record, and cleared when it is gone")
  func mountOnSlot() throws {
    try ForeignRelay.run(script: "mount --make-rprivate /") { rehearsal in
      // Mounted while the relay is stopped, so that it does not take what is mounted on.
      try rehearsal.relay.signal("STOP")
      let outcome = try rehearsal.inside("echo x > $ROOT/tmp/other; : > $DROP; mount --bind $ROOT/tmp/other $DROP")
      #expect(outcome.status == 0, "\(outcome)")
      try rehearsal.relay.signal("CONT")
      try eventually("it is on record: \(rehearsal.relay.log)") { try rehearsal.records("claim-failed").count == 1 }
      let record = try #require(try rehearsal.records("claim-failed").first)
      #expect(record.text("error") == "EBUSY" && record.text("advice")?.contains("mounted") == true, "\(record)")
      try rehearsal.inside("umount $DROP")
      let message = LegacyWriter.message("after", 1)
      try rehearsal.inside(
        as: ForeignRelay.attacker, #"until (set -C; echo "$1" > $DROP) 2>/dev/null; do sleep 0.01; done"#, message)
      try rehearsal.channel.waitUntilHandled(message)
    }
  }

  @Test(
    "81: every way of writing on each filesystem",
    arguments: ["tmpfs", "ext4", "xfs", "btrfs", "overlay"])
  func filesystems(_ kind: String) throws {
    let image = "$ROOT/disk"
    let make = [
      "tmpfs": "mount -t tmpfs -o mode=1777 none $ROOT/tmp",
      "overlay": """
      mkdir $ROOT/o; mount -t tmpfs none $ROOT/o; mkdir -m 1777 $ROOT/o/low $ROOT/o/up; mkdir $ROOT/o/work;
      mount -t overlay -o lowerdir=$ROOT/o/low,upperdir=$ROOT/o/up,workdir=$ROOT/o/work none $ROOT/tmp
      """,
    ]
    let disk = """
      truncate -s \(kind == "ext4" ? "64M" : "400M") \(image); mkfs.\(kind) -q \(image); mount -o loop \(image) $ROOT/tmp;
      chmod 1777 $ROOT/tmp
      """
    if make[kind] == nil {
      let tools = try RunningProgram(["/bin/sh", "-c", "command -v mkfs.\(kind) && grep -qw \(kind) /proc/filesystems"])
        .end()
      guard tools.status == 0 else {
        print("skipped: no mkfs.\(kind), or no such filesystem in this kernel")
        return
      }
    }
    let script = "{ mount --make-rprivate /; \(make[kind] ?? disk)\n} >/dev/null 2>&1"
    try ForeignRelay.run(script: script) { rehearsal in
      try RelayRightsTests.expectEveryWriter(rehearsal) { try rehearsal.inside(as: ForeignRelay.attacker, $0, $1) }
      let proofs = Set(try rehearsal.records("message").compactMap { $0.text("proof") })
      #expect(proofs == ["leased"], "\(rehearsal.relay.log)")
      if kind == "overlay" { try rehearsal.relay.waitUntilSaid("overlayfs") }
    }
  }

  @Test("83: a private /tmp is named at the start and by --check, with its cause", arguments: [true, false])
  func privateTmp(_ bySystemd: Bool) throws {
    let mount =
      bySystemd
      ? """
      mkdir -p -m 1777 $ROOT/tmp/systemd-private-0123-relay.service-x/tmp;
      mount --bind $ROOT/tmp/systemd-private-0123-relay.service-x/tmp $ROOT/tmp
      """ : "mount -t tmpfs -o mode=1777 none $ROOT/tmp"
    let wanted = bySystemd ? "set PrivateTmp=no" : "is not the host's"
    try Rehearsal.run { channel in
      let before = ["unshare", "-m", "--", "/bin/sh", "-euc", "mount --make-rprivate /; \(mount); exec \"$@\"", "sh"]
      let relay = try channel.launch("relay", ["relay"], before: before, more: ["ROOT=\(channel.root)"])
      try relay.waitUntilReady()
      try relay.waitUntilSaid(wanted)
      let check = try RunningProgram(
        before + channel.words(["relay", "--check"]), variables: channel.variables + ["ROOT=\(channel.root)"]
      ).end()
      #expect(check.status == 3 && check.output.contains(wanted), "\(check)")
      #expect(try channel.sluice("relay", "--check").status == 0)
    }
  }
}
