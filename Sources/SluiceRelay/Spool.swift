internal import SluiceSystem

/// The relay's own durable copies of what it has claimed, one file a message, until the server says that it is settled.
///
/// A file's name is `m` and the message's id; its content is the line that is sent. Putting a message in twice, after a
/// crash between the copy and the removal of its claim, finds the name taken and changes nothing.
final class Spool {
  private let directory: Directory
  /// Ids in the order of their claims.
  private(set) var ids: [String]

  init(_ directory: consuming Directory) throws(Errno) {
    let names = try directory.names(capacity: 16 << 20)
    // A relay that was killed while it wrote one left its draft; the claim is still there to be copied again.
    for name in names where name.hasPrefix(".m") { try directory.unlinkIfPresent(name) }
    ids = names.filter {
      $0.hasPrefix("m") && Self.order(String($0.dropFirst())) != nil
    }
    .map { String($0.dropFirst()) }
    self.directory = directory
    ids.sort(by: Self.comesBefore)
  }

  func put(_ id: String, _ line: [UInt8]) throws(Errno) {
    guard try directory.status(of: "m\(id)") == nil else { return }
    try directory.replaceFile("m\(id)", with: line, mode: 0o600)
    // Almost always the newest; claims whose writer was slow come in later.
    let place = ids.lastIndex { Self.comesBefore($0, id) }.map { $0 + 1 } ?? 0
    ids.insert(id, at: place)
  }

  func line(of id: String, limit: Int) throws(Errno) -> [UInt8]? {
    try directory.contents(of: "m\(id)", limit: limit)
  }

  func remove(_ id: String) throws(Errno) {
    try directory.unlinkIfPresent("m\(id)")
    if let index = ids.firstIndex(of: id) { ids.remove(at: index) }
  }

  /// Claim time and part number of `cTIME-RANDOM-PART`.
  private static func order(_ id: String) -> (Substring, Int)? {
    let parts = id.dropFirst().split(separator: "-")
    guard parts.count == 3, parts[0].utf8.count == 16, let part = Int(parts[2]) else { return nil }
    return (parts[0], part)
  }

  private static func comesBefore(_ left: String, _ right: String) -> Bool {
    guard let first = order(left), let second = order(right) else { return left < right }
    return first.0 != second.0 ? first.0 < second.0 : first.1 < second.1
  }
}
