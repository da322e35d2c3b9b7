import SluiceReactor
import SluiceSystem
import SluiceTestSupport
import Testing

@testable import SluiceRelay

@Suite struct RelayLogTests {
  private static func events(_ root: TemporaryDirectory) throws -> [String] {
    let bytes = try root.directory().contents(of: "relay.jsonl", limit: 1 << 20) ?? []
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
      guard
        let event = line.split(separator: #""event":""#, maxSplits: 1).dropFirst().first?.prefix(while: { $0 != "\"" }),
        let id = line.split(separator: #""id":""#, maxSplits: 1).dropFirst().first?.prefix(while: { $0 != "\"" })
      else { return nil }
      return "\(event) \(id)"
    }
  }

  /// What is written later has its place before whatever is written after it: a reader sees a claim before its end.
  @Test func whatIsWrittenLaterKeepsItsPlace() throws {
    let root = try TemporaryDirectory()
    let reactor = try Reactor()
    let log = try RelayLog(in: root.directory(), name: "relay.jsonl", owner: nil, reactor: reactor) { _ in }
    log.writeLater("claimed", id: "a") { _ in }
    log.writeLater("message", id: "a") { _ in }
    #expect(try Self.events(root).isEmpty, "nobody waits for it")
    log.write("settled", id: "a")
    log.writeLater("claimed", id: "b") { _ in }
    log.catchUp()
    log.catchUp()
    log.writeLater("message", id: "b") { _ in }
    log.close()
    #expect(try Self.events(root) == ["claimed a", "message a", "settled a", "claimed b", "message b"])
  }

  @Test func theEndOfATurnWritesWhatWaits() throws {
    let root = try TemporaryDirectory()
    let reactor = try Reactor()
    let log = try RelayLog(in: root.directory(), name: "relay.jsonl", owner: nil, reactor: reactor) { _ in }
    reactor.schedule(after: 0) { log.writeLater("claimed", id: "a") { _ in } }
    var seen: [String] = []
    reactor.schedule(after: 5_000_000) {
      log.catchUp()
      seen = (try? Self.events(root)) ?? []
      reactor.stop()
    }
    try reactor.run()
    log.close()
    #expect(try Self.events(root) == ["claimed a"])
    #expect(seen.count <= 1)
  }
}
