/// How often each user ran into each limit: the first time is told at once, the others are told together, so that a
/// storm of refusals is a few lines and not a flood of them.
package struct LimitTally: Sendable {
  package struct Key: Hashable, Sendable {
    package let limit: Limit
    /// nil for nobody, and for users beyond those that are counted one by one.
    package let uid: UInt32?

    package init(limit: Limit, uid: UInt32?) {
      self.limit = limit
      self.uid = uid
    }
  }
  package struct Entry: Sendable {
    package let key: Key
    /// Since the start of this process.
    package var total: Int64
    /// Since the last report, but for those that were told at once.
    package fileprivate(set) var untold: Int64
    fileprivate var isQuiet: Bool
  }

  /// Pairs of user and limit that are counted one by one.
  private let most: Int
  private var entries: [Key: Entry] = [:]

  package init(most: Int = 256) { self.most = most }

  /// By how often, then by user.
  package var all: [Entry] {
    entries.values.sorted {
      $0.total != $1.total
        ? $0.total > $1.total : ($0.key.uid ?? 0, $0.key.limit.rawValue) < ($1.key.uid ?? 0, $1.key.limit.rawValue)
    }
  }

  /// Counts one: true where it is to be told now, since nothing of the kind was since the last report.
  package mutating func count(_ limit: Limit, uid: UInt32?) -> Bool {
    var key = Key(limit: limit, uid: uid)
    if entries[key] == nil, entries.count >= most { key = Key(limit: limit, uid: nil) }
    var entry = entries[key] ?? Entry(key: key, total: 0, untold: 0, isQuiet: true)
    defer { entries[key] = entry }
    entry.total += 1
    guard entry.isQuiet else {
      entry.untold += 1
      return false
    }
    entry.isQuiet = false
    return true
  }

  /// What is to be told, at the end of an interval; where nothing more came, the next one is told at once again.
  package mutating func report() -> [Entry] {
    let told = all.filter { $0.untold > 0 }
    for (key, entry) in entries {
      entries[key]?.isQuiet = entry.untold == 0
      entries[key]?.untold = 0
    }
    return told
  }

  /// Whether a report has something to tell or to end.
  package var isQuiet: Bool { entries.values.allSatisfy(\.isQuiet) }
}
