import SluiceSystem
import SluiceTestSupport
import Testing

/// Another user's rights on files for a while, and root's own again afterwards. Each in a process of its own, whose groups
/// it changes.
@Suite(.enabled(if: Privilege.isRoot, "\(Privilege.reason)")) struct FileRightsTests {
  private static let nobody = Owner(uid: 65534, gid: 65534)

  @Test func areBorrowedAndGivenBack() async {
    await #expect(processExitsWith: .success) {
      let place = try TemporaryDirectory(mode: 0o755)
      let directory = try Directory.open(place.path)
      _ = try directory.open("roots", .createNew(mode: 0o600))
      func mayRead() -> Bool { (try? directory.open("roots", .read)) != nil }
      #expect(mayRead() && !FileRights.areTaken)
      let groups = try String(
        decoding: Directory.open("/proc/self").contents(of: "status", limit: 1 << 16) ?? [], as: UTF8.self
      ).split(separator: "\n").first { $0.hasPrefix("Groups:") }
      let seen = try FileRights.borrow(from: FileRightsTests.nobody) { () throws(Errno) in
        (FileRights.user, FileRights.areTaken, mayRead(), FileRights.asRoot { mayRead() })
      }
      #expect(seen == (65534, true, false, true))
      #expect(mayRead() && FileRights.user == 0 && !FileRights.areTaken)
      let after = try String(
        decoding: Directory.open("/proc/self").contents(of: "status", limit: 1 << 16) ?? [], as: UTF8.self
      ).split(separator: "\n").first { $0.hasPrefix("Groups:") }
      #expect(groups == after && groups != nil)
    }
  }

  @Test func areGivenBackAfterAFailureToo() async {
    await #expect(processExitsWith: .success) {
      #expect(throws: Errno.invalid) {
        try FileRights.borrow(from: FileRightsTests.nobody) { () throws(Errno) in throw .invalid }
      }
      #expect(FileRights.user == 0)
    }
  }

  /// Root's own, nobody's, and those of one that has taken another user's already: nothing is to be borrowed.
  @Test func areNotBorrowedTwice() async {
    await #expect(processExitsWith: .success) {
      for owner in [nil, Owner(uid: 0, gid: 0)] {
        #expect(try FileRights.borrow(from: owner) { () throws(Errno) in FileRights.user } == 0)
      }
      try FileRights.take(1001, gid: 1001)
      let user = try FileRights.borrow(from: FileRightsTests.nobody) { () throws(Errno) in FileRights.user }
      #expect(user == 1001 && FileRights.user == 1001)
    }
  }

  /// A directory that is made on the way gets its mode; what came to its name instead keeps its own.
  @Test func onlyADirectoryThatWasMadeGetsItsMode() async {
    await #expect(processExitsWith: .success) {
      let place = try TemporaryDirectory(mode: 0o755)
      Process.setFileCreationMask(0o077)
      do throws(UnsafePath) { _ = try SafePath.openDirectory("\(place.path)/a/b", creating: 0o755) } catch {
        Issue.record("\(error)")
      }
      #expect(try Directory.open(place.path).status(of: "a")?.mode == 0o755)
      #expect(try Directory.open("\(place.path)/a").status(of: "b")?.mode == 0o755)
    }
  }
}
