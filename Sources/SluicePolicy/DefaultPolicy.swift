/// The policy of a channel file without rules: the channel's user, root, and the members of its group where access is
/// given to the group, may call everything; nobody else may call anything.
package struct DefaultPolicy: Sendable {
  /// Whose drops the relay may hand in.
  package enum LegacyWriters: Sendable {
    case members
    case anyone
  }

  package let user: UInt32
  /// nil where access is the user's alone.
  package let group: UInt32?
  /// The group's members by name, for senders whose groups nobody attests: owners of files.
  package let members: Set<UInt32>
  package let legacyWriters: LegacyWriters

  package init(user: UInt32, group: UInt32?, members: Set<UInt32> = [], legacyWriters: LegacyWriters) {
    self.user = user
    self.group = group
    self.members = members
    self.legacyWriters = legacyWriters
  }

  package func verdict(for principal: Principal) -> Verdict {
    switch principal.attestation {
    case .none:
      // The mode of the FIFO lets in exactly the members; there is nobody else to ask about.
      return .allow
    case .relayed where legacyWriters == .anyone:
      return .allow
    case .relayed where principal.isShared:
      return .deny(reason: "the dropped file could be written by others than its owner")
    case .kernel, .fileOwner, .relayed:
      guard let uid = principal.uid else { return .error(reason: "no uid is attested") }
      if uid == 0 || uid == user { return .allow }
      if let group, principal.isMember(of: group) || members.contains(uid) { return .allow }
      return .noRule(reason: "uid \(uid) is neither the channel's user nor root nor in its group")
    }
  }
}
