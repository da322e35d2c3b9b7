import SluiceStore
import SluiceSystem
import SluiceTestSupport
import Testing

@testable import SluiceServer

/// What an operator ordered to be handled again is remembered as long as it could be ordered once more.
@Suite struct QuarantineDeskTests {
  @Test func aRetrialIsRememberedWhileTheBytesAreKept() throws {
    let directory = try TemporaryDirectory()
    let store = try QuarantineStore(try Directory.open(directory.path), limit: 1 << 20)
    for id in ["c1-2-0", "f1-2"] {
      #expect(store.keep([1], id: id) == nil)
      #expect(QuarantineDesk.mayForget(id, store), "its source says")
      #expect(!QuarantineDesk.mayForget("\(id).1", store))
      #expect(store.remove(id))
      #expect(QuarantineDesk.mayForget("\(id).1", store))
    }
  }
}
