import SluiceSystem
import SluiceTestSupport
import Testing

@testable import SluiceTransports

/// What is said of a directory of drops before the first one, as a table.
@Suite struct DropPlaceTests {
  static let all: Capabilities = [.actAsFileOwner, .readEverything, .lease, .administrate]

  private func place(
    _ capabilities: Capabilities = all, mode: UInt32 = 0o1777, user: UInt32 = 1000, root: String = "/",
    filesystem: String = "ext4", values: [String: Int] = [:], isHosts: Bool? = true, slot: (UInt32, UInt32)? = nil
  ) throws -> DropPlace {
    let directory = try TemporaryDirectory()
    try directory.makeDirectory("d", mode: mode)
    var place = DropPlace(path: "/tmp", user: user, capabilities: capabilities)
    place.directory = try directory.directory().status(of: "d")
    place.mount = MountEntry(root: root, mountPoint: "/tmp", filesystem: filesystem)
    place.protection = KernelProtection(values: values)
    place.isHosts = isHosts
    if let slot {
      try directory.write("s", "x", mode: slot.1)
      if Privilege.isRoot { try directory.directory().setOwner(of: "s", uid: slot.0, gid: 0) }
      place.slots = [.init(path: "/tmp/slot", status: try directory.directory().status(of: "s"), isMounted: false)]
    }
    return place
  }

  private func expect(_ place: DropPlace, _ weight: DropPlace.Finding.Weight, _ words: String) {
    #expect(place.findings.contains { $0.weight == weight && $0.text.contains(words) }, "\(place.findings)")
  }

  @Test func nothingIsWrong() throws { #expect(try place().findings == []) }

  @Test func eachMissingRightIsNamedWithWhatItIsFor() throws {
    expect(try place([.readEverything, .lease]), .limit, "without CAP_FOWNER only drops of uid 1000")
    expect(try place([.actAsFileOwner, .lease]), .limit, "without CAP_DAC_READ_SEARCH")
    expect(try place([.actAsFileOwner, .readEverything]), .limit, "without CAP_LEASE")
    #expect(try place([.actAsFileOwner, .readEverything]).findings.count == 1)
  }

  @Test func otherMounts() throws {
    expect(try place(root: "/tmp/systemd-private-1-x.service-2/tmp"), .problem, "set PrivateTmp=no")
    expect(try place(isHosts: false), .problem, "not the host's")
    #expect(try place(isHosts: nil).findings == [])
    expect(try place(filesystem: "nfs4"), .limit, "nfs4")
    expect(try place(filesystem: "overlay"), .limit, "overlayfs")
    var mounted = try place()
    mounted.slots = [.init(path: "/tmp/slot", status: nil, isMounted: true)]
    expect(mounted, .problem, "something is mounted on /tmp/slot")
  }

  @Test func theKernelsSettings() throws {
    expect(try place(values: ["protected_regular": 0]), .fact, "fs.protected_regular is 0")
    expect(try place(values: ["protected_regular": 2]), .fact, "EACCES")
    expect(try place(values: ["protected_hardlinks": 0]), .fact, "second")
    expect(try place(values: ["leases-enable": 0]), .limit, "fs.leases-enable is 0")
    #expect(try place(mode: 0o700, user: Process.effectiveUser, values: ["protected_regular": 0]).findings == [])
  }

  @Test func theDirectory() throws {
    expect(try place(mode: 0o755), .problem, "may not write to /tmp")
    expect(try place(mode: 0o777), .limit, "not sticky")
    expect(DropPlace(path: "/x", user: 0, capabilities: []), .problem, "/x does not exist")
  }

  @Test(.enabled(if: Privilege.isRoot, Comment(rawValue: Privilege.reason))) func foreignSlots() throws {
    expect(try place([.lease], slot: (4242, 0o644)), .limit, "/tmp/slot belongs to uid 4242")
    expect(try place([.lease, .actAsFileOwner], slot: (4242, 0o600)), .limit, "without CAP_DAC_READ_SEARCH: it will")
    #expect(try place(slot: (4242, 0o600)).findings == [])
  }

  @Test(
    arguments: [
      (
        "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw",
        MountEntry(root: "/mnt1", mountPoint: "/mnt2", filesystem: "ext3")
      ),
      ("1 2 0:1 / /a\\040b rw - tmpfs none rw", MountEntry(root: "/", mountPoint: "/a b", filesystem: "tmpfs")),
      (
        "1 2 0:1 / /x rw shared:1 master:2 - overlay o rw",
        MountEntry(root: "/", mountPoint: "/x", filesystem: "overlay")
      ),
      ("", nil), ("1 2 3", nil), ("1 2 0:1 / /x rw no dash here at all", nil), ("1 2 0:1 / /x rw a b -", nil),
    ] as [(String, MountEntry?)])
  func mountLines(_ line: String, _ expected: MountEntry?) { #expect(MountEntry(line: line) == expected) }

  @Test func theNearestAndLastMountHoldsAPath() {
    let mounts = [("/", "ext4"), ("/tmp", "tmpfs"), ("/tmpfoo", "xfs"), ("/tmp", "overlay")].map {
      MountEntry(root: "/", mountPoint: $0.0, filesystem: $0.1)
    }
    #expect(MountEntry.holding("/tmp/a", in: mounts)?.filesystem == "overlay")
    #expect(MountEntry.holding("/tmpfo", in: mounts)?.filesystem == "ext4")
    #expect(MountEntry.holding("/x", in: []) == nil)
  }

  @Test(
    arguments: [
      (.notPermitted, [], "CAP_FOWNER"), (.notPermitted, .actAsFileOwner, "chattr"), (.busy, [], "unmount"),
      (.permissionDenied, [], "may not write"), (.readOnly, [], "read-only"), (.noSpace, [], "no room"),
    ] as [(Errno, Capabilities, String)])
  func advice(_ error: Errno, _ capabilities: Capabilities, _ words: String) {
    let trouble = ClaimTrouble(path: "/tmp/x", error: error, user: 1000, capabilities: capabilities)
    #expect(trouble.advice.contains(words) && trouble.text.hasPrefix("cannot claim /tmp/x: "))
  }

  @Test func troubleIsToldOnceASpellAndNotTooOften() {
    var complaints = Complaints()
    let second: Int64 = 1_000_000_000
    func begin(_ path: String, _ error: Errno, _ time: Int64) -> Bool {
      complaints.begin(path, error, at: time * second)
    }
    #expect(begin("a", .busy, 0))
    #expect(!begin("a", .busy, 60))
    complaints.end("a")
    #expect(begin("a", .busy, 61))
    complaints.end("a")
    #expect(!begin("a", .busy, 62))
    #expect(begin("a", .notPermitted, 72))
    #expect(begin("b", .busy, 72))
  }
}
