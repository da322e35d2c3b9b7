/// Claims whose writers have kept them open for long: they no longer count against others' drops, and are finished when
/// their writers leave.
struct ParkedClaims {
  private static let noticeInterval: Int64 = 60_000_000_000
  /// Users that one notice names.
  private static let mostNamed = 8

  private var owners: [String: UInt32] = [:]
  /// In the order of their claims.
  private(set) var names: [String] = []
  private var nextNotice: Int64 = .min
  private var nextLook: Int64 = .min

  var count: Int { names.count }
  /// How many of them are one user's.
  private var counts: [UInt32: Int] = [:]
  func count(of owner: UInt32) -> Int { counts[owner] ?? 0 }

  mutating func add(_ name: String, owner: UInt32) {
    guard owners.updateValue(owner, forKey: name) == nil else { return }
    counts[owner, default: 0] += 1
    names.append(name)
    if names.count > 1, names[names.count - 2].dropFirst() > name.dropFirst() {
      names.sort { $0.dropFirst() < $1.dropFirst() }
    }
  }

  /// Keeps those that have to be looked at again.
  mutating func keep(_ names: [String]) {
    self.names = names
    let kept = Set(names)
    owners = owners.filter { kept.contains($0.key) }
    counts = [:]
    for owner in owners.values { counts[owner, default: 0] += 1 }
  }

  /// Whether it is time to look at them: the more there are, the more seldom, since each look costs system calls.
  mutating func isLookDue(at now: Int64) -> Bool {
    guard !names.isEmpty, now >= nextLook else { return false }
    nextLook = now + interval
    return true
  }

  /// Nanoseconds between looks.
  var interval: Int64 { 200_000_000 + Int64(count) * 200_000 }

  /// What an operator should know, once a minute.
  mutating func notice(at now: Int64) -> String? {
    guard !names.isEmpty, now >= nextNotice else { return nil }
    nextNotice = now + Self.noticeInterval
    var counts: [UInt32: Int] = [:]
    for owner in owners.values { counts[owner, default: 0] += 1 }
    let most = counts.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }.prefix(Self.mostNamed)
    let list = most.map { "\($0.value) of uid \($0.key)" }.joined(separator: ", ")
    return "drops wait because their writers do not close them: \(list)"
  }
}
