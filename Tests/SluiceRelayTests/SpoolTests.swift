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
