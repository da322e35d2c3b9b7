import SluiceSystem
import Testing

/// The tables of the sandbox; that the kernel enforces them is a scenario's business.
@Suite struct ConfinementTests {
  @Test(arguments: [(0, 0), (1, 13), (2, 14), (3, 15), (4, 15), (5, 16), (7, 16), (99, 16)])
  func rightsThatAVersionKnows(version: Int, bits: Int) {
    #expect(Landlock.judged(by: version).rawValue == (1 << UInt64(bits)) - 1)
  }

  @Test func rightsInWords() {
    #expect(Landlock.Access.reading.words == "read")
    #expect(Landlock.Access.appending.words == "read, write, make")
    #expect(Landlock.Access.owning.words == "read, write, make, remove, rename")
    #expect(Landlock.Access([.readFile, .execute]).words == "read, execute")
  }

  @Test func nothingOfOursMayBeExecutedOrBeADevice() {
    for access in [Landlock.Access.reading, .owning, .appending, .clearing] { #expect(!access.contains(.execute)) }
    #expect(Landlock.Access.owning.isDisjoint(with: [.makeCharacterDevice, .makeBlockDevice, .makeSymbolicLink]))
  }

  @Test func everyRefusedCallOnce() {
    let calls = SeccompRules.services.calls
    #expect(Set(calls).count == calls.count)
    #expect(calls.contains("execve") && calls.contains("ptrace") && calls.contains("io_uring_setup"))
    // What the data plane and the runtime live on.
    for call in ["read", "write", "sendto", "recvfrom", "epoll_wait", "futex", "mmap", "clone", "splice", "prctl"] {
      #expect(!calls.contains(call), "\(call)")
    }
  }

  @Test func capabilitiesByTheirNames() {
    #expect(Capabilities([.changeOwner, .lease]).words == ["chown", "lease"])
    #expect(Capabilities([.changeOwner, .lease]).rawValue == 1 | 1 << 28)
  }
}
