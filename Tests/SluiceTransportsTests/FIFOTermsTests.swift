import SluiceSystem
import SluiceTestSupport
import SluiceTransports
import Testing

/// Whose a FIFO at a legacy path has to be: fs.protected_fifos and the directory decide.
@Suite struct FIFOTermsTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    var mode: UInt32 = 0o1777
    var protection = 1
    var user: UInt32 = 1001
    var group: UInt32?
    var isForAll = true
    var capabilities: Capabilities = []
    /// Mode and owner; nil where there can be none.
    let expected: (UInt32, UInt32?)?
    var testDescription: String { name }
  }
  private static let all: Capabilities = [.changeOwner, .readEverything, .actAsFileOwner]

  static let cases = [
    Case(name: "a plain user's in /tmp", expected: nil),
    Case(name: "the same without the protection", protection: 0, expected: (0o622, nil)),
    Case(name: "with the rights it becomes the directory's owner's", capabilities: all, expected: (0o622, 0)),
    Case(name: "one right is missing", capabilities: [.changeOwner, .readEverything], expected: nil),
    Case(name: "root's own in root's /tmp", user: 0, expected: (0o622, nil)),
    Case(name: "a directory that is not sticky", mode: 0o777, expected: (0o622, nil)),
    Case(name: "a group's directory, protection 1", mode: 0o1770, expected: (0o622, nil)),
    Case(name: "a group's directory, protection 2", mode: 0o1770, protection: 2, expected: nil),
    Case(name: "members of a group", mode: 0o777, group: 77, isForAll: false, expected: (0o620, 1001)),
    Case(name: "the user alone", isForAll: false, expected: (0o600, nil)),
  ]

  @Test("The FIFO at a legacy path: whose, and who may write", arguments: cases) func terms(_ row: Case) throws {
    let root = try TemporaryDirectory()
    let place = try root.directory()
    try place.makeDirectory("drop", mode: 0o700)
    try place.setMode(of: "drop", row.mode)
    if Process.effectiveUser == 0 { try place.setOwner(of: "drop", uid: 0, gid: 0) }
    let status = try #require(try place.status(of: "drop"))
    // Its owner stands for root here.
    let user = row.user == 0 ? status.uid : row.user
    let result = FIFOTerms.make(
      directory: status, protection: row.protection, user: user, ownGroup: 1001, group: row.group,
      isForAll: row.isForAll, capabilities: row.capabilities)
    switch result {
    case .success(let terms):
      #expect(terms.mode == row.expected?.0)
      #expect(terms.owner?.uid == row.expected?.1.map { $0 == 0 ? status.uid : $0 })
    case .failure(let refusal):
      #expect(row.expected == nil && refusal.text.contains("fs.protected_fifos"), "\(refusal.text)")
    }
  }
}
