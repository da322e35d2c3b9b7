internal import SluiceSystem

/// Files that were opened beside a slot and may be moved to it (`mv draft slot`).
///
/// A move opens nothing, so nobody can be made to wait for it, and two moves in a row leave only the second one's file at
/// the slot. The first one's lives as long as we hold it: each is held from its first opening on, which does wait.
struct GateDrafts {
  struct Draft {
    let opener: DropGate.Opener
    /// Processes that have it open: their closes say nothing of who was let in at the slot.
    var outside: [Int32]
    /// When it was last opened, in nanoseconds of the monotonic clock.
    var touched: Int64
  }

  /// Nanoseconds for which one is held that nobody moves.
  private static let patience: Int64 = 60_000_000_000
  private static let most = 256
  private static let mostOpeners = 16

  private var drafts: [FileStatus.Identity: Draft] = [:]
  var identities: [FileStatus.Identity] { Array(drafts.keys) }
  var isEmpty: Bool { drafts.isEmpty }
  subscript(_ identity: FileStatus.Identity) -> Draft? { drafts[identity] }

  mutating func opened(_ identity: FileStatus.Identity, _ opener: DropGate.Opener, at now: Int64) {
    if drafts.count >= Self.most, drafts[identity] == nil,
      let oldest = drafts.min(by: { $0.value.touched < $1.value.touched })
    {
      drafts[oldest.key] = nil
    }
    var outside = drafts[identity]?.outside ?? []
    if outside.count < Self.mostOpeners { outside.append(opener.process) }
    drafts[identity] = Draft(opener: opener, outside: outside, touched: now)
  }

  mutating func closed(_ identity: FileStatus.Identity, by process: Int32) {
    if let place = drafts[identity]?.outside.firstIndex(of: process) { drafts[identity]?.outside.remove(at: place) }
  }

  mutating func take(_ identity: FileStatus.Identity) -> Draft? { drafts.removeValue(forKey: identity) }
  mutating func forgetAll() { drafts = [:] }

  mutating func forgetOld(at now: Int64) {
    guard !drafts.isEmpty else { return }
    drafts = drafts.filter { now - $0.value.touched < Self.patience }
  }
}
