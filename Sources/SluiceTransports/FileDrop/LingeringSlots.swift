internal import SluiceSystem

/// What claimer and receiver tell each other of files that stay at their paths after they were claimed.
final class LingeringSlots: Sendable {
  enum State: Equatable {
    /// A claim of the file waits to be read: until then there is nothing to compare with.
    case claimed
    /// Read when it looked like this; it goes at a time of the monotonic clock.
    case taken(size: UInt64, modified: Int64, until: Int64)
    /// It must not stay.
    case leaving
  }
  struct Entry: Equatable {
    let identity: FileStatus.Identity
    var state: State
  }
  /// What the claimer does about a file at a slot.
  enum Approach: Equatable { case link, rename, leave }

  private let entries = Lock<[Int: Entry]>([:])

  func entry(_ slot: Int) -> Entry? { entries.withLock { $0[slot] } }
  func set(_ slot: Int, _ entry: Entry?) { entries.withLock { $0[slot] = entry } }

  /// A claim was read: only what is known to be at the slot changes.
  func took(_ slot: Int, _ identity: FileStatus.Identity, _ state: State) {
    entries.withLock { if $0[slot]?.identity == identity { $0[slot]?.state = state } }
  }

  /// The file is gone: its number may soon be another file's.
  func forget(_ slot: Int, _ identity: FileStatus.Identity) {
    entries.withLock { if $0[slot]?.identity == identity { $0[slot] = nil } }
  }

  /// - Parameter isEnding: nothing lingers any more, as for the old server that is about to read the paths.
  static func approach(
    to found: FileStatus, known: Entry?, now: Int64, isEnding: Bool = false
  ) -> Approach {
    guard found.kind == .regular else { return isEnding ? .leave : .rename }
    guard let known, known.identity == found.identity else { return isEnding ? .leave : .link }
    if known.state == .leaving { return .rename }
    guard case .taken(let size, let modified, let until) = known.state else { return .leave }
    guard found.size == size, found.modified == modified else { return isEnding ? .rename : .link }
    return now >= until || isEnding ? .rename : .leave
  }
}
