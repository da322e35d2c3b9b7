internal import SluiceSystem

/// A claim that was read, kept open until nobody can write to it any more unseen.
///
/// Who has found a file at its path opens it a moment later, and a claim takes no longer than that: the file may be read,
/// handed on and unlinked in between. What is written to it then would be lost without a word.
final class HeldClaim {
  let file: OwnedDescriptor
  /// What has a message already.
  private var bytes: [UInt8]
  private var size: UInt64
  private var modified: Int64
  let owner: Owner
  let mode: UInt32
  /// As long as the lease is ours, who opens it for writing waits.
  private var isLeased: Bool
  var slot = 0
  /// When it was let go of, or last written to, in nanoseconds of the monotonic clock.
  var since: Int64 = 0
  /// How often it was looked at since.
  var looks = 0

  var byteCount: Int { bytes.count }

  init(_ file: consuming OwnedDescriptor, _ bytes: [UInt8], _ status: FileStatus, isLeased: Bool) {
    self.file = file
    self.bytes = bytes
    size = status.size
    modified = status.modified
    owner = Owner(uid: status.uid, gid: status.gid)
    mode = status.mode
    self.isLeased = isLeased
  }

  func release() {
    guard isLeased else { return }
    isLeased = false
    file.releaseLease()
  }

  /// What a look at it found.
  enum Look: Equatable {
    case unchanged
    /// Somebody is writing.
    case notYet
    /// Whole, and nobody's message yet: the new bytes, and all of them, to be remembered once they have one.
    case written([UInt8], of: [UInt8], size: UInt64, modified: Int64)
  }

  /// - Parameters:
  ///   - isLast: tells also of a text of the same length that came within one tick of the file's clock.
  ///   - limit: most bytes that are read.
  func look(isLast: Bool, limit: Int) throws(Errno) -> Look {
    let status = try file.status()
    if status.size == size, status.modified == modified {
      guard isLast, try file.beginning(upTo: bytes.count) != bytes else { return .unchanged }
    }
    switch file.takeReadLease() {
    case .writerPresent: return .notYet
    case .granted: isLeased = true
    case .unavailable: guard Clock.realtime - status.changed >= 200_000_000 else { return .notYet }
    }
    let isProven = isLeased
    defer { release() }
    let now = try file.beginning(upTo: min(Int(clamping: status.size), limit))
    let after = try file.status()
    guard after.size == status.size, after.modified == status.modified, !isProven || file.holdsReadLease() else {
      return .notYet
    }
    return .written(Self.rest(of: now, after: bytes), of: now, size: after.size, modified: after.modified)
  }

  func remember(_ bytes: [UInt8], size: UInt64, modified: Int64, at now: Int64) {
    (self.bytes, self.size, self.modified) = (bytes, size, modified)
    since = now
    looks = 0
  }

  /// Appended: only what was added. Rewritten: all of it. The same text again is nothing new: a file whose time was only
  /// touched looks like that too.
  static func rest(of text: [UInt8], after earlier: [UInt8]) -> [UInt8] {
    text.starts(with: earlier) ? Array(text[earlier.count...]) : text
  }
}
