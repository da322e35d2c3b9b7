internal import SluiceSystem

/// The relay's own durable copies of what it has claimed, one file a message, until the server says that it is settled.
///
/// A file's name is `m` and the message's id; its content is the line that is sent. Putting a message in twice, after a
/// crash between the copy and the removal of its claim, finds the name taken and changes nothing.
final class Spool {
  private let directory: Directory
  private let isDurable: Bool
  private var sizes: [String: Int] = [:]
  /// Bytes of all its entries.
  private(set) var byteCount = 0
  /// Lines that were put in a moment ago, and are likely to be sent in the next one.
  private var fresh: [String: [UInt8]] = [:]
  private var freshBytes = 0
  private static let mostFresh = 1 << 20

  /// - Parameter isDurable: whether an entry is on the disk, with its name, when `put` returns.
  init(_ directory: consuming Directory, isDurable: Bool = false) throws(Errno) {
    self.isDurable = isDurable
    for name in try directory.names(capacity: 16 << 20) {
      // What a killed process had not renamed into place yet: its claim is there still.
      if name.hasPrefix(".m") { try directory.unlinkIfPresent(name) }
      let id = String(name.dropFirst())
      guard name.hasPrefix("m"), MessageOrder(id) != nil, let status = try directory.status(of: name) else { continue }
      let size = Int(clamping: status.size)
      sizes[id] = size
      byteCount = Self.sum(byteCount, size)
    }
    self.directory = directory
  }

  var count: Int { sizes.count }
  func contains(_ id: String) -> Bool { sizes[id] != nil }
  /// Every id, in the order of their claims.
  var ids: [String] { MessageOrder.sorted(sizes.keys) }

  /// - Returns: false where it is there already.
  func put(_ id: String, _ line: [UInt8]) throws(Errno) -> Bool {
    guard sizes[id] == nil else { return false }
    try write(id, line)
    sizes[id] = line.count
    if freshBytes + line.count <= Self.mostFresh {
      fresh[id] = line
      freshBytes += line.count
    }
    byteCount = Self.sum(byteCount, line.count)
    return true
  }

  /// Beside its name first, so that an entry is whole or absent. One relay has the spool, so the draft's name is free.
  private func write(_ id: String, _ line: [UInt8]) throws(Errno) {
    let draft = ".m\(id)"
    let file = try open(draft)
    do throws(Errno) {
      try file.writeAll(line)
      if isDurable { try file.synchronize() }
      StopPoint.fileDrafted.pass()
      try directory.rename(draft, to: "m\(id)")
      if isDurable { try directory.synchronize() }
    } catch {
      try? directory.unlink(draft)
      throw error
    }
  }

  private func open(_ draft: String) throws(Errno) -> OwnedDescriptor {
    do throws(Errno) { return try directory.open(draft, .createNew(mode: 0o600)) } catch {
      guard error == .exists else { throw error }
      // Of an earlier attempt that failed in all.
      try directory.unlink(draft)
      return try directory.open(draft, .createNew(mode: 0o600))
    }
  }

  /// An entry's line; nil where it is longer than `limit`.
  func line(of id: String, limit: Int) throws(Errno) -> [UInt8]? {
    if let line = takeFresh(id) { return line.count <= limit ? line : nil }
    return try directory.contents(of: "m\(id)", limit: limit)
  }

  private func takeFresh(_ id: String) -> [UInt8]? {
    guard let line = fresh.removeValue(forKey: id) else { return nil }
    freshBytes -= line.count
    return line
  }

  func remove(_ id: String) throws(Errno) {
    try directory.unlinkIfPresent("m\(id)")
    _ = takeFresh(id)
    if let size = sizes.removeValue(forKey: id) { byteCount -= min(byteCount, size) }
  }

  private static func sum(_ left: Int, _ right: Int) -> Int {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }
}
