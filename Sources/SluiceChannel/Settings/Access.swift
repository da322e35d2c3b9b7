/// Who may reach the channel's runtime directory.
package enum Access: String, CaseIterable, Sendable {
  /// The channel's user alone: the directory is 0700.
  case user
  /// The members of the channel's group too: the directory is 0750.
  case group
}
