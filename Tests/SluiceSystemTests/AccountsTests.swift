import SluiceSystem
import Testing

/// Users and groups by name and number.
@Suite struct AccountsTests {
  @Test(arguments: ["root", "0"]) func root(_ name: String) {
    #expect(Accounts.user(name)?.uid == 0)
    #expect(Accounts.user(name)?.gid == 0)
    #expect(Accounts.group(name) == 0)
  }

  @Test func numbersNeedNoAccount() {
    #expect(Accounts.user("4000000000")?.uid == 4_000_000_000)
    #expect(Accounts.user("4000000000")?.gid == 4_000_000_000)
    #expect(Accounts.userName(4_000_000_000) == nil)
    #expect(Accounts.userName(0) == "root")
    #expect(Accounts.groups(of: 4_000_000_000).isEmpty)
    #expect(Accounts.groups(of: 0).contains(0))
  }

  /// The last is the number that means "nobody changes" to chown(2) and the like.
  @Test(arguments: ["no-such-name-here", "", "-1", "0x0", "4294967296", "4294967295"]) func none(_ name: String) {
    #expect(Accounts.user(name) == nil)
    #expect(Accounts.group(name) == nil)
  }
}
