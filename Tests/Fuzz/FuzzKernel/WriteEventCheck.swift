import SluiceSystem

/// Events as fanotify(7) lays them out, made of the input, with what a kernel of a later version may add.
enum WriteEventCheck {
  static func check(_ bytes: [UInt8]) {
    var rest = bytes[...]
    func next() -> Int { Int(rest.popFirst() ?? 0) }
    var buffer: [UInt8] = []
    var expected: [WriteEvent] = []
    while !rest.isEmpty {
      let process = next()
      let handle = little(UInt64(next() % 32), 4) + little(1, 4)
      let whole = handle + (0..<Int(handle[0])).map { _ in UInt8(next()) }
      let name = (0..<next() % 16).map { _ in UInt8(next()) }.filter { $0 != 0 }
      var records = record(1, whole)
      if !name.isEmpty { records = record(2, whole + name + [0]) + records }
      if next() & 1 != 0 { records += record(9, [UInt8](repeating: 7, count: next() % 12)) }
      buffer += little(UInt64(24 + records.count), 4) + [3, 0] + little(24, 2) + little(8, 8)
      buffer += little(0xffff_ffff, 4) + little(UInt64(process), 4) + records
      expected.append(.closed(FileHandle(bytes: whole), process: Int32(process), name: name))
    }
    var found: [WriteEvent] = []
    WriteEvent.forEach(in: buffer[...]) { found.append($0) }
    precondition(found == expected, "events are read otherwise than they were made")
  }

  private static func record(_ kind: UInt8, _ content: [UInt8]) -> [UInt8] {
    var body = little(7, 8) + content
    while body.count % 4 != 0 { body.append(0) }
    return [kind, 0] + little(UInt64(body.count + 4), 2) + body
  }

  private static func little(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
  }
}
