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
  /// An entry that is being written, or an empty file for the next one: making a file takes longer than all else that a
  /// message needs on its way.
  private final class Draft {
    let name: String
    let file: OwnedDescriptor
    init(_ name: String, _ file: consuming OwnedDescriptor) {
      self.name = name
      self.file = file
    }
  }
  private var drafts: [Draft] = []
  private var draftNumber = 0
  private static let mostDrafts = 4

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

  /// Beside its name first, so that an entry is whole or absent.
  private func write(_ id: String, _ line: [UInt8]) throws(Errno) {
    let draft = if let ready = drafts.popLast() { ready } else { try makeDraft() }
    do throws(Errno) {
      try draft.file.writeAll(line)
      if isDurable { try draft.file.synchronize() }
      StopPoint.fileDrafted.pass()
      try directory.rename(draft.name, to: "m\(id)")
      if isDurable { try directory.synchronize() }
    } catch {
      try? directory.unlink(draft.name)
      throw error
    }
  }

  /// Has some drafts ready: for a moment in which nobody waits.
  func prepare() {
    // Where it cannot be done, the next entry says so.
    while drafts.count < Self.mostDrafts {
      guard let draft = try? makeDraft() else { return }
      drafts.append(draft)
    }
  }

  /// Removes what `prepare` made.
  func discardDrafts() {
    for draft in drafts { try? directory.unlink(draft.name) }
    drafts = []
  }

  /// One relay has the spool, so the draft's name is free.
  private func makeDraft() throws(Errno) -> Draft {
    draftNumber += 1
    let name = ".m\(draftNumber)"
    do throws(Errno) { return Draft(name, try directory.open(name, .createNew(mode: 0o600))) } catch {
      guard error == .exists else { throw error }
      // Of an earlier attempt that failed in all.
      try directory.unlink(name)
      return Draft(name, try directory.open(name, .createNew(mode: 0o600)))
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
