package import SluiceSystem

/// What one path was seen to go through, from the events at it; pure.
///
/// Equal neighbouring events are merged by the kernel, so that counts are lower bounds.
package struct DropHistory: Sendable, Equatable {
  /// Two drops nearer than this (in nanoseconds) can meet at the path even where each is taken at once.
  static let near: Int64 = 2_000_000
  /// Nanoseconds from the first to the last write of a drop from which on its writer counts as slow.
  static let slow: Int64 = 20_000_000

  package private(set) var profile = CallerProfile()

  private var isPresent: Bool
  /// A complete drop waits: how often it was read, its size, and when it was complete.
  private var readers: Int?
  private var size: UInt64 = 0
  private var completed: Int64?
  private struct Writing {
    let since: Int64
    /// Opened and not closed, as far as it was seen.
    var opens: Int
    var writes = 0
    /// What stood there before.
    let sizeBefore: UInt64?
  }
  /// Somebody is at it.
  private var writing: Writing?
  private var hasRead = false

  package init(isPresent: Bool) { self.isPresent = isPresent }

  /// - Parameters:
  ///   - status: what stands at the path after the event, as far as it was still there.
  ///   - now: nanoseconds of the monotonic clock.
  package mutating func saw(_ activity: DirectoryActivity, _ status: FileStatus?, at now: Int64) {
    if activity.contains(.created) {
      if writing == nil, readers == nil, isNear(now) { profile.collisions += 1 }
      isPresent = true
      writing = Writing(since: now, opens: 0, sizeBefore: nil)
      if let status, status.kind == .regular, status.links > 1 {
        profile.links += 1
        complete(status, now, sizeBefore: nil)
      }
    } else if activity.contains(.movedIn) {
      profile.renames += 1
      if isPresent, readers == 0 { profile.overwritten += 1 }
      noteGap(now)
      complete(status, now, sizeBefore: nil)
    } else if activity.contains(.modified) {
      modified(now)
    } else if activity.contains(.closedAfterWriting) {
      closed(status, now)
    } else if activity.contains(.opened) {
      writing?.opens += 1
    } else if activity.contains(.read) {
      hasRead = true
    } else if activity.contains(.closedAfterReading) {
      writing?.opens -= 1
      if hasRead, let count = readers { readers = count + 1 }
      hasRead = false
    } else if activity.contains(.attributesChanged) {
      if readers != nil, writing == nil, sinceCompletion(now) < 1_000_000_000, status != nil {
        profile.touchedAfter += 1
      }
    } else if !activity.isDisjoint(with: [.removed, .movedOut]) {
      gone(now)
    } else if activity.contains(.overflow) {
      profile.hasGaps = true
    }
  }

  private mutating func modified(_ now: Int64) {
    if writing == nil {
      noteGap(now)
      writing = Writing(since: now, opens: 1, sizeBefore: readers == nil ? nil : size)
    }
    writing?.writes += 1
  }

  private func sinceCompletion(_ now: Int64) -> Int64 { completed.map { max(0, now - $0) } ?? 0 }
  private func isNear(_ now: Int64) -> Bool { completed.map { now - $0 < Self.near } ?? false }

  private mutating func noteGap(_ now: Int64) {
    if writing != nil || isNear(now) { profile.collisions += 1 }
  }

  private mutating func closed(_ status: FileStatus?, _ now: Int64) {
    guard let session = writing else { return }
    // Another one has it open, too: what both write may mix.
    if session.opens > 1 { profile.collisions += 1 }
    // Opened for writing, and nothing was written: touch(1), or a truncation that another writer's end follows.
    guard session.writes > 0 || status?.size ?? 0 > 0 else {
      writing = nil
      profile.empty += 1
      return
    }
    if session.writes >= 3 || now - session.since >= Self.slow { profile.slow += 1 }
    complete(status, now, sizeBefore: session.sizeBefore)
  }

  private mutating func complete(_ status: FileStatus?, _ now: Int64, sizeBefore: UInt64?) {
    if let before = sizeBefore, let readers {
      // A second message behind the first makes the file longer by about as much; one in its place does not.
      if let now = status?.size, now >= before + max(8, before / 2) {
        profile.appends += 1
      } else if readers == 0 {
        profile.overwritten += 1
      }
      if readers > 0 { profile.readBacks += readers }
    }
    profile.drops += 1
    if let status {
      size = status.size
      profile.largest = max(profile.largest, status.size)
      profile.users[status.uid, default: 0] += 1
    }
    isPresent = true
    readers = 0
    completed = now
    writing = nil
  }

  private mutating func gone(_ now: Int64) {
    // Whoever takes it reads it once, or moves it away unread; everybody else who read it did so for himself.
    if let count = readers {
      profile.taken += 1
      profile.readBacks += max(0, count - 1)
      profile.longestWait = max(profile.longestWait, sinceCompletion(now))
    }
    isPresent = false
    readers = nil
    size = 0
  }

  package static func == (left: DropHistory, right: DropHistory) -> Bool { left.profile == right.profile }
}
