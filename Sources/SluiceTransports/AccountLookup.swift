internal import SluiceSystem

/// How names of users and groups become numbers; name services may block.
package struct AccountLookup: Sendable {
  package var user: @Sendable (_ name: String) -> UInt32?
  package var group: @Sendable (_ name: String) -> UInt32?

  package init(
    user: @escaping @Sendable (_ name: String) -> UInt32?, group: @escaping @Sendable (_ name: String) -> UInt32?
  ) {
    self.user = user
    self.group = group
  }

  /// This host's accounts.
  package static let host = AccountLookup(user: { Accounts.user($0)?.uid }, group: { Accounts.group($0) })
}
