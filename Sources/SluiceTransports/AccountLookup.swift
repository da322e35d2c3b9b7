internal import SluiceSystem

/// How names of users and groups become numbers; name services may block.
package struct AccountLookup: Sendable {
  package var user: @Sendable (_ name: String) -> UInt32?
  package var group: @Sendable (_ name: String) -> UInt32?
  /// The users that a group's entry names.
  package var members: @Sendable (_ group: UInt32) -> [UInt32]

  package init(
    user: @escaping @Sendable (_ name: String) -> UInt32?, group: @escaping @Sendable (_ name: String) -> UInt32?,
    members: @escaping @Sendable (_ group: UInt32) -> [UInt32] = { _ in [] }
  ) {
    self.user = user
    self.group = group
    self.members = members
  }

  /// This host's accounts.
  package static let host = AccountLookup(
    user: { Accounts.user($0)?.uid }, group: { Accounts.group($0) }, members: { Accounts.members(of: $0) })
}
