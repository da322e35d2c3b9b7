package import SluiceSystem

/// Messages that were taken and could not be handled, kept as files named by their id, bounded in disk space.
package final class QuarantineStore {
  /// The least that a file takes: a block of the usual filesystems.
  private static let block = 4096
  private static let recountInterval: Int64 = 60_000_000_000

  private let directory: Directory
  private let limit: Int
  private let clock: () -> Int64
  private var used: Int
  private var nextRecount: Int64
  /// Whose the bytes are that were kept since the start, and what they take: half of the room is the most of one user.
  private var owners: [String: (user: UInt32?, cost: Int)] = [:]
  private var shares: [UInt32?: Int] = [:]

  /// - Parameter clock: nanoseconds of a clock that only goes on.
  package init(
    _ directory: consuming Directory, limit: Int, clock: @escaping () -> Int64 = { Clock.monotonic }
  ) throws(Errno) {
    used = try Self.count(directory)
    self.directory = directory
    self.limit = limit
    self.clock = clock
    nextRecount = clock() + Self.recountInterval
  }

  /// Keeps bytes; returns what stands in the record where they could not be kept.
  /// - Parameter user: whose they are, where that is known.
  package func keep(_ bytes: [UInt8], id: String, of user: UInt32? = nil) -> String? {
    guard !bytes.isEmpty else { return nil }
    let cost = Self.cost(UInt64(bytes.count))
    do throws(Errno) {
      if !hasRoom(cost) { try recount() }
      guard hasRoom(cost) else { return "not kept: the quarantine is full" }
      guard user == nil || owners[id] != nil || Self.sum(shares[user] ?? 0, cost) <= limit / 2 else {
        return "not kept: the quarantine holds too much of this user's"
      }
      // The same again, when it was kept before a kill.
      let earlier = try directory.status(of: id).map { Self.cost($0.size) } ?? 0
      try directory.replaceFile(id, with: bytes, mode: 0o600)
      used = Self.sum(used - min(used, earlier), cost)
      release(id)
      owners[id] = (user, cost)
      shares[user, default: 0] += cost
      return nil
    } catch { return "not kept: \(error)" }
  }

  /// Names of what is kept, and how large each is; drafts of killed processes are left out.
  package func entries() throws(Errno) -> [(id: String, bytes: Int, changed: Int64)] {
    var entries: [(id: String, bytes: Int, changed: Int64)] = []
    for name in try directory.names(capacity: 16 << 20) where !name.hasPrefix(".") {
      guard let status = try directory.status(of: name), status.kind == .regular else { continue }
      entries.append((name, Int(clamping: status.size), status.changed))
    }
    return entries
  }

  package func holds(_ id: String) -> Bool { ((try? directory.status(of: id)) ?? nil) != nil }

  /// The kept bytes; nil where there are none, or more than `limit`.
  package func contents(of id: String, limit: Int) -> [UInt8]? {
    (try? directory.contents(of: id, limit: limit)) ?? nil
  }

  /// Lets go of what is kept: false where nothing was there.
  package func remove(_ id: String) -> Bool {
    guard let status = try? directory.status(of: id), (try? directory.unlinkIfPresent(id)) != nil else { return false }
    let cost = Self.cost(status.size)
    used -= min(used, cost)
    release(id)
    return true
  }

  private func release(_ id: String) {
    guard let (user, cost) = owners.removeValue(forKey: id), let share = shares[user] else { return }
    shares[user] = share > cost ? share - cost : nil
  }

  private func hasRoom(_ cost: Int) -> Bool { Self.sum(used, cost) <= limit }

  /// Whoever has looked at them may have removed them meanwhile.
  private func recount() throws(Errno) {
    let now = clock()
    guard now >= nextRecount else { return }
    nextRecount = now + Self.recountInterval
    used = try Self.count(directory)
    // Removed by others: their shares are free again.
    for id in Array(owners.keys) where !holds(id) { release(id) }
  }

  private static func count(_ directory: borrowing Directory) throws(Errno) -> Int {
    var total = 0
    for name in try directory.names(capacity: 16 << 20) {
      if let status = try directory.status(of: name) { total = sum(total, cost(status.size)) }
    }
    return total
  }

  /// What a file of this size takes on disk, in whole blocks.
  private static func cost(_ size: UInt64) -> Int {
    let size = Int(clamping: size)
    let blocks = size / block + (size % block == 0 ? 0 : 1)
    let (bytes, overflow) = max(blocks, 1).multipliedReportingOverflow(by: block)
    return overflow ? .max : bytes
  }

  private static func sum(_ left: Int, _ right: Int) -> Int {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }
}
