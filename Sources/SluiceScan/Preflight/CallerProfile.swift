/// How the callers of a legacy path were seen to use it. All counts are lower bounds.
package struct CallerProfile: Sendable, Equatable {
  /// Complete drops, of whatever style.
  package var drops = 0
  /// Moved into place.
  package var renames = 0
  /// Linked into place.
  package var links = 0
  /// Written behind a drop that still waited.
  package var appends = 0
  /// In several writes, or over a noticeable time.
  package var slow = 0
  /// Opened for writing and left empty.
  package var empty = 0
  /// Replaced before anybody had read them.
  package var overwritten = 0
  /// Begun while another was being written, or within two milliseconds of it.
  package var collisions = 0
  /// Read by somebody who did not take them.
  package var readBacks = 0
  /// Whose mode, owner or times were set by path after they were complete.
  package var touchedAfter = 0
  /// Taken away, by the old server or a relay.
  package var taken = 0
  /// Nanoseconds: the longest that a drop waited to be taken.
  package var longestWait: Int64 = 0
  /// Bytes of the largest.
  package var largest: UInt64 = 0
  /// Drops by the user who owned the file.
  package var users: [UInt32: Int] = [:]
  /// Events were lost.
  package var hasGaps = false

  package init() {}

  package mutating func add(_ other: CallerProfile) {
    drops += other.drops
    renames += other.renames
    links += other.links
    appends += other.appends
    slow += other.slow
    empty += other.empty
    overwritten += other.overwritten
    collisions += other.collisions
    readBacks += other.readBacks
    touchedAfter += other.touchedAfter
    taken += other.taken
    longestWait = max(longestWait, other.longestWait)
    largest = max(largest, other.largest)
    users.merge(other.users) { $0 + $1 }
    hasGaps = hasGaps || other.hasGaps
  }

  /// Each style that was seen and how often, in words.
  package var styles: [(name: String, count: Int)] {
    let plain = max(0, drops - renames - links - appends)
    return [
      ("written in place", plain), ("moved into place", renames), ("linked into place", links), ("appended", appends),
      ("written slowly", slow), ("left empty", empty),
    ].filter { $0.1 > 0 }
  }
}
