internal import SluiceSystem

/// The relay's own durable copies of what it has claimed, one file a message, until the server says that it is settled.
///
/// A file's name is `m` and the message's id; its content is the line that is sent. Putting a message in twice, after a
/// crash between the copy and the removal of its claim, finds the name taken and changes nothing.
final class Spool {
  private let directory: Directory
  private var sizes: [String: Int] = [:]
  /// Bytes of all its entries.
  private(set) var byteCount = 0

  init(_ directory: consuming Directory) throws(Errno) {
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
    try directory.replaceFile("m\(id)", with: line, mode: 0o600)
    sizes[id] = line.count
    byteCount = Self.sum(byteCount, line.count)
    return true
  }

  func line(of id: String, limit: Int) throws(Errno) -> [UInt8]? {
    try directory.contents(of: "m\(id)", limit: limit)
  }

  func remove(_ id: String) throws(Errno) {
    try directory.unlinkIfPresent("m\(id)")
    if let size = sizes.removeValue(forKey: id) { byteCount -= min(byteCount, size) }
  }

  private static func sum(_ left: Int, _ right: Int) -> Int {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }
}
