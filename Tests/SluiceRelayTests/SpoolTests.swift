import SluiceSystem
import SluiceTestSupport
import Testing

@testable import SluiceRelay

@Suite struct SpoolTests {
  private static let first = "c0000000000000001-0123456789abcdef-0"
  private static let second = "b0000000000000002-0123456789abcdef-0"

  @Test func entriesAreFoundAgainInOrder() throws {
    let root = try TemporaryDirectory()
    let spool = try Spool(root.directory())
    #expect(try spool.put(Self.second, Array("two!".utf8)))
    #expect(try spool.put(Self.first, Array("one".utf8)))
    #expect(try !spool.put(Self.first, Array("changed".utf8)))
    let again = try Spool(root.directory())
    for found in [spool, again] {
      #expect(found.ids == [Self.first, Self.second])
      #expect(found.count == 2 && found.byteCount == 7)
    }
    #expect(try again.line(of: Self.first, limit: 100) == Array("one".utf8))
    try again.remove(Self.first)
    try again.remove(Self.first)
    #expect(again.ids == [Self.second])
    #expect(again.count == 1 && again.byteCount == 4)
    #expect(try root.names() == ["m\(Self.second)"])
  }

  /// Its directory is the channel user's, who may have put there what only a relay may read.
  @Test func whatNoRelayWroteIsNotRead() throws {
    let root = try TemporaryDirectory()
    let directory = try root.directory()
    try directory.replaceFile("elsewhere", with: Array("secret".utf8), mode: 0o600)
    try directory.link("elsewhere", to: "m\(Self.first)")
    try directory.makeFIFO("m\(Self.second)", mode: 0o600)
    let spool = try Spool(root.directory())
    for id in [Self.first, Self.second] {
      #expect(throws: Errno.invalid) { _ = try spool.line(of: id, limit: 100) }
    }
    try directory.unlink("elsewhere")
    #expect(try spool.line(of: Self.first, limit: 100) == Array("secret".utf8))
  }

  /// A line may be wanted again after a lost connection, whether it is still in memory or not.
  @Test(arguments: [false, true]) func aLineIsThereAsOftenAsItIsWanted(isDurable: Bool) throws {
    let root = try TemporaryDirectory()
    let spool = try Spool(root.directory(), isDurable: isDurable)
    let large = [UInt8](repeating: 0x20, count: 2 << 20)
    #expect(try spool.put(Self.first, Array("one".utf8)))
    #expect(try spool.put(Self.second, large))
    for _ in 0..<3 {
      #expect(try spool.line(of: Self.first, limit: 100) == Array("one".utf8))
      #expect(try spool.line(of: Self.second, limit: 3 << 20) == large)
      #expect(try spool.line(of: Self.second, limit: 100) == nil)
    }
    #expect(try root.names().sorted() == ["m\(Self.second)", "m\(Self.first)"])
  }

  /// One that stands by its claim is an entry like others, and has no file until it is written out.
  @Test(arguments: [false, true]) func aMessageMayStandByItsClaim(isWritten: Bool) throws {
    let root = try TemporaryDirectory()
    let spool = try Spool(root.directory())
    #expect(spool.stand(Self.first, Array("one".utf8)))
    #expect(!spool.stand(Self.first, Array("changed".utf8)))
    #expect(try !spool.put(Self.first, Array("changed".utf8)))
    #expect(spool.ids == [Self.first] && spool.count == 1 && spool.byteCount == 3 && spool.unwrittenBytes == 3)
    #expect(try root.names().isEmpty)
    if isWritten {
      for _ in 0..<2 { try spool.writeOut(Self.first) }
      #expect(try Spool(root.directory()).line(of: Self.first, limit: 100) == Array("one".utf8))
    }
    for _ in 0..<2 { #expect(try spool.line(of: Self.first, limit: 100) == Array("one".utf8)) }
    try spool.remove(Self.first)
    #expect(try root.names().isEmpty && spool.count == 0 && spool.byteCount == 0 && spool.unwrittenBytes == 0)
    #expect(spool.stand(Self.first, []))
  }

  @Test func aDraftThatIsInTheWayIsReplaced() throws {
    let root = try TemporaryDirectory()
    let spool = try Spool(root.directory())
    try root.write(".m1", "a draft of an attempt that failed")
    #expect(try spool.put(Self.first, Array("one".utf8)))
    #expect(try root.names() == ["m\(Self.first)"])
    #expect(try Spool(root.directory()).line(of: Self.first, limit: 100) == Array("one".utf8))
  }

  @Test func draftsThatWereMadeAheadAreUsedUp() throws {
    let root = try TemporaryDirectory()
    let spool = try Spool(root.directory())
    spool.prepare()
    let drafts = try root.names()
    #expect(!drafts.isEmpty && drafts.allSatisfy { $0.hasPrefix(".m") })
    let ids = (0..<drafts.count + 2).map { "c0000000000000001-0123456789abcdef-\($0)" }
    for id in ids { #expect(try spool.put(id, Array("line of \(id)".utf8))) }
    #expect(try root.names().sorted() == ids.map { "m\($0)" }.sorted())
    spool.prepare()
    #expect(try root.names().count == ids.count + drafts.count)
    // Those of a killed process go, and so do one's own at the end.
    let again = try Spool(root.directory())
    #expect(try root.names().sorted() == ids.map { "m\($0)" }.sorted())
    for id in ids { #expect(try again.line(of: id, limit: 1000) == Array("line of \(id)".utf8)) }
    again.prepare()
    again.discardDrafts()
    #expect(try root.names().count == ids.count)
  }

  @Test func whatAKilledProcessLeftHalfWrittenGoes() throws {
    let root = try TemporaryDirectory()
    try root.write(".m\(Self.first).0011223344556677", "half")
    try root.write("m\(Self.second)", "whole")
    try root.write("stranger", "x")
    let spool = try Spool(root.directory())
    #expect(spool.ids == [Self.second])
    #expect(try root.names() == ["m\(Self.second)", "stranger"])
  }
}
