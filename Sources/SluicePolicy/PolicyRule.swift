/// A rule with its names looked up. What is nil or empty is no condition; all conditions must hold.
package struct PolicyRule: Sendable, Hashable {
  package enum Effect: String, Sendable { case allow, deny }

  /// A program by its contents, and by its path where one is given.
  package struct Program: Sendable, Hashable {
    package let path: String?
    package let sha256: String

    package init(path: String? = nil, sha256: String) {
      self.path = path
      self.sha256 = sha256
    }
  }

  package struct Rate: Sendable, Hashable {
    package let count: Int64
    /// Nanoseconds.
    package let period: Int64

    package init(count: Int64, period: Int64) {
      self.count = count
      self.period = period
    }
  }

  /// For records: the name that it was given, or its number from 1.
  package let label: String
  package let effect: Effect
  package let users: Set<UInt32>?
  package let groups: Set<UInt32>?
  /// The groups' members by name, for senders whose groups nobody attests: owners of files.
  package let members: Set<UInt32>
  package let programs: [Program]
  /// At least this.
  package let attestation: Principal.Attestation
  package let patterns: [CallPattern]
  package let rate: Rate?
  package let needsSender: Bool

  package init(
    _ effect: Effect, label: String, users: Set<UInt32>? = nil, groups: Set<UInt32>? = nil,
    members: Set<UInt32> = [], programs: [Program] = [],
    attestation: Principal.Attestation = .none, patterns: [CallPattern] = [], rate: Rate? = nil,
    needsSender: Bool = false
  ) {
    self.label = label
    self.effect = effect
    self.users = users
    self.groups = groups
    self.members = members
    self.programs = programs
    self.attestation = attestation
    self.patterns = patterns
    self.rate = rate
    self.needsSender = needsSender
  }

  /// Whether the sender is in one of the groups, as far as that is known.
  ///
  /// Of a file's owner only the groups' lists tell. Its file's group proves nothing, but is reason enough to deny.
  func covers(_ principal: Principal, _ groups: Set<UInt32>) -> Bool {
    if principal.attestation == .kernel { return groups.contains(where: principal.isMember) }
    if let uid = principal.uid, members.contains(uid) { return true }
    return effect == .deny && principal.gid.map(groups.contains) == true
  }

  /// Whether its methods are a condition: one pattern that matches everything makes them none.
  package var asksForMethod: Bool { !patterns.isEmpty && !patterns.contains(where: \.isAnything) }
  /// Whether what it says of a caller does not depend on the message.
  var isFixed: Bool { !asksForMethod && programs.isEmpty && !needsSender }
  /// Whether it says nothing of who calls.
  package var isForEverybody: Bool {
    users == nil && groups == nil && programs.isEmpty && attestation == .none && !needsSender
  }
}
