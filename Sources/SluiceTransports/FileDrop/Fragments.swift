internal import SluicePolicy

/// Beginnings of messages that wait for the rest: a client that writes `> f` and then `>> f` used to be read as one.
///
/// A beginning waits for the next drop of the same user at the same path, for a while and no longer.
struct Fragments {
  /// Nanoseconds that a beginning waits for the rest.
  static let patience: Int64 = 2_000_000_000

  struct Key: Hashable {
    let slot: Int
    let uid: UInt32
  }
  struct Fragment {
    /// Claims in the order of their writing; the first one's name is the message's id.
    var claims: [String]
    let slot: Int
    var bytes: [UInt8]
    let principal: Principal
    var mode: UInt32?
    var proof: ClaimProof?
    var program: String?
    /// Nanoseconds of the monotonic clock.
    let deadline: Int64

    /// Files of no known owner have none that a rest could share.
    var key: Key { Key(slot: slot, uid: principal.uid ?? .max) }

    func joined(with rest: Fragment) -> Fragment {
      var joined = self
      joined.claims += rest.claims
      joined.bytes += rest.bytes
      // No better than the weaker of the two.
      if proof != rest.proof { joined.proof = proof == .quiet || rest.proof == .quiet ? .quiet : .leased }
      return joined
    }
  }

  private var waiting: [Key: Fragment] = [:]

  mutating func keep(_ fragment: Fragment) { waiting[fragment.key] = fragment }
  mutating func take(_ key: Key) -> Fragment? { waiting.removeValue(forKey: key) }

  /// Those that have waited long enough, oldest first.
  mutating func takeExpired(at now: Int64) -> [Fragment] {
    let expired = waiting.filter { $0.value.deadline <= now }
    for key in expired.keys { waiting[key] = nil }
    return expired.values.sorted { ($0.claims.first ?? "") < ($1.claims.first ?? "") }
  }
}
