internal import SluiceSystem

/// The relay's own durable copies of what it has claimed, one file a message, until the server says that it is settled.
///
/// A file's name is `m` and the message's id (see `Turn` for the others); its content is the line that is sent. Putting a message in twice, after a
/// crash between the copy and the removal of its claim, finds the name taken and changes nothing.
final class Spool {
  /// How far a message is that goes back to the legacy path instead of to the server.
  enum Turn: Character {
    /// It is never sent any more; nothing of it lies at the path.
    case turned = "t"
    /// Its file is ready beside the path, or was moved there: whether it is still there beside tells which.
    case laying = "v"
  }
  private static let entryKinds: [Character] = ["m", Turn.turned.rawValue, Turn.laying.rawValue]

  private let directory: Directory
  private let isDurable: Bool
  private(set) var turns: [String: Turn] = [:]
  private var sizes: [String: Int] = [:]
  /// Bytes of all its entries.
  private(set) var byteCount = 0
  /// Lines that were put in a moment ago, and are likely to be sent in the next one.
  private var fresh: [String: [UInt8]] = [:]
  private var freshBytes = 0
  private static let mostFresh = 1 << 20
  /// Lines that have no file: their claims stand for them.
  private var unwritten: [String: [UInt8]] = [:]
  private(set) var unwrittenBytes = 0
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
  /// Names that are tried for one draft.
  private static let mostNames = 16

  /// - Parameter isDurable: whether an entry is on the disk, with its name, when `put` returns.
  init(_ directory: consuming Directory, isDurable: Bool = false) throws(Errno) {
    self.isDurable = isDurable
    for name in try directory.names(capacity: 16 << 20) {
      // What a killed process had not renamed into place yet: its claim is there still.
      if name.hasPrefix(".m") { try directory.unlinkIfPresent(name) }
      let id = String(name.dropFirst())
      guard let kind = name.first, Self.entryKinds.contains(kind), MessageOrder(id) != nil,
        let status = try directory.status(of: name)
      else { continue }
      let size = Int(clamping: status.size)
      sizes[id] = size
      turns[id] = Turn(rawValue: kind)
      byteCount = Self.sum(byteCount, size)
    }
    self.directory = directory
  }

  var count: Int { sizes.count }
  func contains(_ id: String) -> Bool { sizes[id] != nil }
  /// Every id that is the server's, in the order of their claims.
  var ids: [String] { MessageOrder.sorted(turns.isEmpty ? Array(sizes.keys) : sizes.keys.filter { turns[$0] == nil }) }
  /// Every id that goes back to the legacy path, in that order.
  var turnedIDs: [String] { MessageOrder.sorted(turns.keys) }

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

  /// Takes a message in without a file of its own: its claim is what a restart finds, until `writeOut` or `remove`.
  /// - Returns: false where it is there already.
  func stand(_ id: String, _ line: [UInt8]) -> Bool {
    guard sizes[id] == nil else { return false }
    sizes[id] = line.count
    unwritten[id] = line
    unwrittenBytes += line.count
    byteCount = Self.sum(byteCount, line.count)
    return true
  }

  /// Gives a message that stands by its claim a file of its own.
  func writeOut(_ id: String) throws(Errno) {
    guard let line = unwritten[id] else { return }
    try write(id, line)
    unwritten[id] = nil
    unwrittenBytes -= line.count
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

  /// One relay has the spool, so that a name which is taken is of an attempt that failed in all: it goes, where it can,
  /// and the next name is as good.
  private func makeDraft() throws(Errno) -> Draft {
    for attempt in 1... {
      draftNumber += 1
      let name = ".m\(draftNumber)"
      do throws(Errno) { return Draft(name, try directory.open(name, .createNew(mode: 0o600))) } catch {
        guard error == .exists, attempt < Self.mostNames else { throw error }
        try? directory.unlink(name)
      }
    }
    throw .exists
  }

  // MARK: Turning back

  /// The message goes back to the legacy path, or further on that way: durable when this returns.
  func turn(_ id: String, to turn: Turn) throws(Errno) {
    guard sizes[id] != nil, turns[id] != turn else { return }
    try rename(id, to: "\(turn.rawValue)\(id)")
    turns[id] = turn
  }

  /// It is the server's again.
  func unturn(_ id: String) throws(Errno) {
    guard turns[id] != nil else { return }
    try rename(id, to: "m\(id)")
    turns[id] = nil
  }

  private func rename(_ id: String, to name: String) throws(Errno) {
    try directory.rename(self.name(of: id), to: name)
    if isDurable { try directory.synchronize() }
  }

  private func name(of id: String) -> String { "\(turns[id]?.rawValue ?? "m")\(id)" }

  /// An entry's line; nil where it is longer than `limit`, EINVAL where it is none that a relay wrote.
  func line(of id: String, limit: Int) throws(Errno) -> [UInt8]? {
    if let line = takeFresh(id) ?? unwritten[id] { return line.count <= limit ? line : nil }
    do throws(Errno) {
      let file = try directory.open(name(of: id), .readUntrusted)
      // A relay may read more than its user may: what has another name as well could be any file.
      let status = try file.status()
      guard status.kind == .regular, status.links == 1 else { throw .invalid }
      return try file.contents(limit: limit)
    } catch {
      if error == .noSuchFile { return nil }
      throw error
    }
  }

  private func takeFresh(_ id: String) -> [UInt8]? {
    guard let line = fresh.removeValue(forKey: id) else { return nil }
    freshBytes -= line.count
    return line
  }

  func remove(_ id: String) throws(Errno) {
    if let line = unwritten.removeValue(forKey: id) {
      unwrittenBytes -= line.count
    } else {
      try directory.unlinkIfPresent(name(of: id))
    }
    turns[id] = nil
    _ = takeFresh(id)
    if let size = sizes.removeValue(forKey: id) { byteCount -= min(byteCount, size) }
  }

  private static func sum(_ left: Int, _ right: Int) -> Int {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }
}
