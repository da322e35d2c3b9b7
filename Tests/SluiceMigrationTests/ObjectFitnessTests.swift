import SluiceMigration
import SluiceStore
import Testing

/// What the engine changes, and what it gives back, whatever was found or is remembered.
@Suite struct ObjectFitnessTests {
  private static let user: UInt32 = 1000
  static let kinds: [Manifest.Object.Kind] = [.directory, .lockFile, .runFile, .fifo, .socket]
  static let found = [
    "directory", "regular file", "FIFO", "socket", "symbolic link", "character device", "block device", "unknown",
  ]

  private static func word(_ kind: Manifest.Object.Kind) -> String {
    switch kind {
    case .directory: "directory"
    case .lockFile, .runFile: "regular file"
    case .fifo: "FIFO"
    case .socket: "socket"
    }
  }

  private static func refusal(
    _ kind: Manifest.Object.Kind, found: String? = nil, mode: UInt32 = 0o600, uid: UInt32 = user, links: UInt64 = 1
  ) -> String? {
    ObjectFitness.refusal(kind: found ?? word(kind), mode: mode, uid: uid, links: links, kind, user: user)
  }

  @Test(arguments: kinds, found) func onlyTheDeclaredTypeFits(kind: Manifest.Object.Kind, found: String) {
    let refusal = Self.refusal(kind, found: found)
    if found == Self.word(kind) {
      #expect(refusal == nil)
    } else {
      #expect(refusal == "is a \(found), not a \(Self.word(kind))")
    }
  }

  @Test(arguments: kinds) func onlyTheChannelUsersOwnFits(kind: Manifest.Object.Kind) {
    for uid: UInt32 in [0, 999, 1001, 65534, .max] {
      #expect(Self.refusal(kind, uid: uid) == "belongs to uid \(uid), not to 1000")
    }
  }

  /// A directory has as many names as it has directories, and its set-group-ID bit is declared.
  @Test(arguments: kinds) func aSecondNameOrMoreThanPermissionsDoesNotFit(kind: Manifest.Object.Kind) {
    for links: UInt64 in [0, 2, 3, .max] {
      let refusal = Self.refusal(kind, links: links)
      #expect(kind == .directory ? refusal == nil : refusal?.hasPrefix("has \(links) names (hard links)") == true)
    }
    for mode: UInt32 in [0o4755, 0o2711, 0o1644, 0o6777] {
      let refusal = Self.refusal(kind, mode: mode)
      #expect(
        kind == .directory
          ? refusal == nil : refusal == "has mode 0\(String(mode, radix: 8)), with more than permissions")
    }
    for mode: UInt32 in [0, 0o600, 0o777] { #expect(Self.refusal(kind, mode: mode) == nil) }
  }

  @Test(arguments: kinds) func whatIsGivenBackIsNothingThatAUserMayNotHave(kind: Manifest.Object.Kind) {
    func refusal(_ mode: UInt32, uid: UInt32 = Self.user) -> String? {
      ObjectFitness.refusal(
        toRestore: FoundObject(path: "/p", mode: mode, uid: uid, gid: 5), kind, user: Self.user)
    }
    for mode: UInt32 in [0, 0o600, 0o640, 0o777] { #expect(refusal(mode) == nil) }
    for uid: UInt32 in [0, 1001, .max] { #expect(refusal(0o600, uid: uid) == "owner \(uid)") }
    for mode: UInt32 in [0o2770, 0o1777, 0o3777] {
      #expect(refusal(mode) == (kind == .directory ? nil : "mode 0\(String(mode, radix: 8))"))
    }
    // Set-user-ID, and what is no mode at all (2541 is 04755).
    for mode: UInt32 in [0o4755, 2541, 0o10000, .max] { #expect(refusal(mode) == "mode 0\(String(mode, radix: 8))") }
  }
}
