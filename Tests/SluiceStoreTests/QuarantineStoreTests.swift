import SluiceStore
import SluiceSystem
import SluiceTestSupport
import Testing

@Suite struct QuarantineStoreTests {
  private final class TestClock {
    var now: Int64 = 0
  }

  private static let minute: Int64 = 60_000_000_000
  private static let full = "not kept: the quarantine is full"

  /// (sizes of the files, most that fit below 16 KiB)
  @Test(arguments: [(1, 4), (4096, 4), (4097, 2), (8192, 2), (16384, 1), (16385, 0)])
  func spaceIsCountedInBlocks(_ size: Int, _ fitting: Int) throws {
    let root = try TemporaryDirectory()
    let store = try QuarantineStore(root.directory(), limit: 16384)
    let bytes = [UInt8](repeating: 0x78, count: size)
    let results = (0..<6).map { store.keep(bytes, id: "c\($0)") }
    #expect(results == (0..<6).map { $0 < fitting ? nil : Self.full })
    #expect(try root.names().count == fitting)
    // A later process counts the same.
    let again = try QuarantineStore(root.directory(), limit: 16384)
    let free = 16384 - fitting * ((size + 4095) / 4096 * 4096)
    #expect(again.keep([0x78], id: "another") == (free >= 4096 ? nil : Self.full))
  }

  @Test func theSameAgainTakesNoMore() throws {
    let root = try TemporaryDirectory()
    let store = try QuarantineStore(root.directory(), limit: 8192)
    for _ in 0..<2 { #expect(store.keep([1, 2, 3], id: "a") == nil) }
    #expect(store.keep([1], id: "b") == nil)
    #expect(store.keep([], id: "nothing") == nil)
    #expect(store.keep([1], id: "c") == Self.full)
    #expect(try root.names() == ["a", "b"])
  }

  @Test func whatWasRemovedIsNoticedOnceAMinute() throws {
    let root = try TemporaryDirectory()
    let clock = TestClock()
    let store = try QuarantineStore(root.directory(), limit: 4096, clock: { clock.now })
    #expect(store.keep([1], id: "a") == nil)
    try root.directory().unlink("a")
    #expect(store.keep([1], id: "b") == Self.full)
    clock.now = Self.minute
    #expect(store.keep([1], id: "b") == nil)
    try root.directory().unlink("b")
    clock.now = 2 * Self.minute - 1
    #expect(store.keep([1], id: "c") == Self.full)
    clock.now += 1
    #expect(store.keep([1], id: "c") == nil)
  }

  @Test func oneUserTakesHalfAtMost() throws {
    let root = try TemporaryDirectory()
    let store = try QuarantineStore(root.directory(), limit: 16384)
    let crowded = "not kept: the quarantine holds too much of this user's"
    #expect((0..<4).map { store.keep([1], id: "a\($0)", of: 1001) } == [nil, nil, crowded, crowded])
    // What it has may be kept again, and what is let go of makes room.
    #expect(store.keep([2], id: "a0", of: 1001) == nil)
    #expect(store.remove("a1"))
    #expect(store.keep([1], id: "a4", of: 1001) == nil)
    #expect((0..<3).map { store.keep([1], id: "b\($0)", of: 1002) } == [nil, nil, Self.full])
  }
}
