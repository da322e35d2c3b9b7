import SluiceSystem
import Testing

/// What fanotify(7) gives, byte by byte: whatever it is, nothing is read beyond its end.
@Suite struct WriteEventTests {
  private static func little(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
  }
  private static func record(_ kind: UInt8, handle: [UInt8], name: String? = nil, handleBytes: Int? = nil) -> [UInt8] {
    var body = little(7, 8) + little(UInt64(handleBytes ?? handle.count), 4) + little(1, 4) + handle
    if let name { body += Array(name.utf8) + [0] }
    while (body.count + 4) % 4 != 0 { body.append(0) }
    return [kind, 0] + little(UInt64(body.count + 4), 2) + body
  }
  private static func event(mask: UInt64 = 8, pid: UInt64 = 42, length: Int? = nil, _ records: [UInt8]) -> [UInt8] {
    little(UInt64(length ?? 24 + records.count), 4) + [3, 0] + little(24, 2) + little(mask, 8)
      + little(0xffff_ffff, 4) + little(pid, 4) + records
  }
  private static func events(_ bytes: [UInt8]) -> [WriteEvent] {
    var found: [WriteEvent] = []
    WriteEvent.forEach(in: bytes[...]) { found.append($0) }
    return found
  }
  private static let named = record(2, handle: [9, 9, 9, 9], name: "mcp_in.json")
  private static let whole = named + record(1, handle: [1, 2, 3, 4, 5, 6, 7, 8])
  private static let handle = FileHandle(bytes: little(8, 4) + little(1, 4) + [1, 2, 3, 4, 5, 6, 7, 8])

  @Test func aClosingTellsFileProcessAndName() {
    let closed = WriteEvent.closed(Self.handle, process: 42, name: Array("mcp_in.json".utf8))
    #expect(Self.events(Self.event(Self.whole)) == [closed])
    #expect(Self.events(Self.event(Self.whole) + Self.event(Self.whole)) == [closed, closed])
  }

  @Test func othersAreLeftOut() {
    #expect(Self.events(Self.event(mask: 0x20, Self.whole)).isEmpty)
    #expect(Self.events(Self.event(Self.named)).isEmpty, "without the file's own identity")
    #expect(Self.events(Self.event(mask: 0x4000, [])) == [.overflow])
  }

  @Test(arguments: [
    event(length: 23, whole), event(length: 4000, whole), event(length: 0, whole),
    event(record(1, handle: [1, 2], handleBytes: 4_000_000_000)), event([1, 0, 3, 0]), event([1, 0, 0xff, 0xff, 1]),
    event([1, 0, 12, 0] + [UInt8](repeating: 0, count: 8)),
  ])
  func brokenOnesAreNothing(bytes: [UInt8]) { #expect(Self.events(bytes).isEmpty) }

  @Test func everyCutIsHarmless() {
    let bytes = Self.event(Self.whole) + Self.event(Self.whole)
    for count in 0..<bytes.count { #expect(Self.events(Array(bytes[0..<count])).count <= 1) }
  }
}
