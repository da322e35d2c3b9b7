/// One process closed one written file.
package enum WriteEvent: Sendable, Equatable {
  case closed(FileHandle, process: Int32, name: [UInt8])
  /// The kernel dropped events: what is not known to be single is unknown.
  case overflow

  // Offsets of struct fanotify_event_metadata and of its information records, fanotify(7).
  private static let headSize = 24
  private static let recordHead = 4
  private static let fileIdentity: UInt8 = 1
  private static let directoryAndName: UInt8 = 2
  private static let queueOverflow: UInt64 = 0x4000
  private static let closeWrite: UInt64 = 0x8

  /// Reads what one read(2) gave; stops at the first event that is not as the kernel makes them.
  package static func forEach(in buffer: ArraySlice<UInt8>, _ body: (WriteEvent) -> Void) {
    var rest = buffer
    while rest.count >= headSize {
      let length = Int(number(rest, at: 0, bytes: 4))
      let head = Int(number(rest, at: 6, bytes: 2))
      guard length >= headSize, length <= rest.count, head >= headSize, head <= length else { return }
      let event = rest.prefix(length)
      rest = rest.dropFirst(length)
      let mask = number(event, at: 8, bytes: 8)
      if mask & queueOverflow != 0 {
        body(.overflow)
      } else if mask & closeWrite != 0 {
        let process = Int32(truncatingIfNeeded: number(event, at: 20, bytes: 4))
        if let found = file(event.dropFirst(head), process) { body(found) }
      }
    }
  }

  private static func file(_ records: ArraySlice<UInt8>, _ process: Int32) -> WriteEvent? {
    var rest = records
    var handle: FileHandle?
    var name: [UInt8] = []
    while rest.count >= recordHead {
      let kind = rest[rest.startIndex]
      let length = Int(number(rest, at: 2, bytes: 2))
      guard length >= recordHead, length <= rest.count else { return nil }
      // After the head: the filesystem's id (8 bytes), then the handle, then perhaps a name that ends with NUL.
      let body = rest.prefix(length).dropFirst(recordHead + 8)
      rest = rest.dropFirst(length)
      guard body.count >= 8 else { continue }
      let size = 8 + Int(number(body, at: 0, bytes: 4))
      guard size <= body.count else { continue }
      switch kind {
      case fileIdentity: handle = FileHandle(bytes: Array(body.prefix(size)))
      case directoryAndName: name = Array(body.dropFirst(size).prefix { $0 != 0 })
      default: break
      }
    }
    guard let handle else { return nil }
    return .closed(handle, process: process, name: name)
  }

  /// An unsigned number in the machine's byte order, which is little-endian on every platform of ours.
  private static func number(_ bytes: ArraySlice<UInt8>, at offset: Int, bytes count: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<count {
      value |= UInt64(bytes[bytes.startIndex + offset + index]) << (8 * UInt64(index))
    }
    return value
  }
}
