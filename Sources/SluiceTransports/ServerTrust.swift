package import SluiceChannel
package import SluiceSystem

/// Whom a client trusts with a channel: its declared user, or where none is declared the client's own; and root, who
/// can be anybody anyway.
package struct ServerTrust: Sendable {
  private let user: UInt32
  private let group: UInt32?

  package init(user: UInt32 = Process.effectiveUser, group: UInt32? = nil) {
    self.user = user
    self.group = group
  }

  /// Looks the declared accounts up, which may block; one that does not exist is nobody to be trusted.
  package init(_ channel: ChannelFile) {
    let declared = channel.user.flatMap { Accounts.user($0.rawValue)?.uid }
    let group = channel.access == .group ? channel.group.flatMap { Accounts.group($0.rawValue) } : nil
    self.init(user: declared ?? Process.effectiveUser, group: group)
  }

  package func accepts(_ uid: UInt32) -> Bool { uid == user || uid == 0 }

  /// Opens one of the channel's directories, each component checked by `SafePath`.
  package func directory(_ path: String) throws(TransportFailure) -> Directory {
    do throws(UnsafePath) { return try checked(path) } catch {
      switch error.reason {
      case .missing:
        throw TransportFailure(
          .notRunning,
          "no server: \(error.component) does not exist, on the way to \(path); start it with: sluice serve")
      case .system(.permissionDenied):
        throw TransportFailure(
          .notPermitted,
          "not permitted to enter \(error.component): \(Errno.permissionDenied); ask for membership in the channel's group"
        )
      default: throw TransportFailure(error)
      }
    }
  }

  package func checked(_ path: String) throws(UnsafePath) -> Directory {
    try SafePath.openDirectory(path, trusting: user, leafGroup: group)
  }

  /// As `checked`, for looking names up and connecting to sockets: neither asks for a right of Landlock's, so it works
  /// also in a directory that was made after the rules were put on.
  package func checkedForLookup(_ path: String) throws(UnsafePath) -> Directory {
    try SafePath.openDirectory(path, trusting: user, leafGroup: group, isForLookup: true)
  }

  /// Why the process at the other end of a connection is not the server; nil where it may be.
  ///
  /// SO_PEERCRED of a client's end names who called listen(2) (socket(7)); a service manager's listeners are root's.
  package func complaint(of socket: borrowing OwnedDescriptor) throws(Errno) -> String? {
    let uid = try socket.peerCredentials().uid
    return accepts(uid)
      ? nil : "whoever listens there runs as uid \(uid), and not as the channel's user (uid \(user)) or root"
  }
}
