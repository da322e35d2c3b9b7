/// A pool of units (connections, bytes, calls) that users take from, so that none of them can take it all.
///
/// A user without a limit of its own may hold at most one part of what the others have left, divided by the number of
/// users who hold something and one more: whoever comes next finds something. The rule is that of dbus-broker's
/// accounting (src/util/user.c). Users for whom the reserve is kept may take all that is left.
package struct FairShare: Sendable {
  /// Why units were not given.
  package enum Excess: Equatable, Sendable {
    /// The user holds as many as one user may.
    case user(limit: Int)
    /// The user holds its share of what there is.
    case share(held: Int)
    /// All are taken.
    case total(capacity: Int)
  }

  package let capacity: Int
  /// Most units of one user; nil for a share.
  package let userLimit: Int?
  /// Units that only the users of `reservedFor` get.
  package let reserve: Int
  private let reservedFor: Set<UInt32>
  private var held: [UInt32: Int] = [:]
  package private(set) var used = 0

  package init(capacity: Int, userLimit: Int? = nil, reserve: Int = 0, reservedFor: Set<UInt32> = []) {
    self.capacity = max(0, capacity)
    self.userLimit = userLimit.map { max(0, $0) }
    self.reserve = min(max(0, reserve), self.capacity)
    self.reservedFor = reservedFor
  }

  package func held(by uid: UInt32) -> Int { held[uid] ?? 0 }

  /// The most units that this user may hold now; where it holds more already, it gets no more.
  package func limit(for uid: UInt32) -> Int {
    let own = held(by: uid)
    let isReserved = reservedFor.contains(uid)
    let left = max(0, capacity - (used - own) - (isReserved ? 0 : reserve))
    if let userLimit { return min(userLimit, left) }
    if isReserved { return left }
    let users = held.count + (held[uid] == nil ? 1 : 0)
    return max(left / (users + 1), min(1, left))
  }

  /// Takes units, all or none: nil when they were there.
  package mutating func take(_ count: Int = 1, for uid: UInt32) -> Excess? {
    let own = held(by: uid)
    guard count >= 0, count <= capacity, own <= limit(for: uid) - count else { return excess(for: uid) }
    set(uid, to: own + count)
    return nil
  }

  /// Gives units back; never more than are held.
  package mutating func give(_ count: Int = 1, of uid: UInt32) {
    let own = held(by: uid)
    set(uid, to: own - min(own, max(0, count)))
  }

  /// Counts units that are there already, whatever the limit says: true where the user holds no more than it may.
  package mutating func change(by difference: Int, of uid: UInt32) -> Bool {
    let (sum, isTooMuch) = held(by: uid).addingReportingOverflow(difference)
    set(uid, to: isTooMuch ? (difference < 0 ? 0 : .max / 2) : max(0, sum))
    return held(by: uid) <= limit(for: uid)
  }

  private func excess(for uid: UInt32) -> Excess {
    let own = held(by: uid)
    if let userLimit, own >= userLimit { return .user(limit: userLimit) }
    return own == 0 || reservedFor.contains(uid) ? .total(capacity: capacity) : .share(held: own)
  }

  private mutating func set(_ uid: UInt32, to count: Int) {
    let others = used - held(by: uid)
    let (sum, isTooMuch) = others.addingReportingOverflow(count)
    used = isTooMuch ? .max : sum
    held[uid] = count == 0 ? nil : isTooMuch ? .max - others : count
  }
}
