package import SluiceSystem

/// How the kernel is asked about a peer; another way is for tests of what happens when it does not answer.
package struct PeerLookUp {
  package var credentials: (borrowing OwnedDescriptor) throws(Errno) -> PeerCredentials = {
    (socket: borrowing OwnedDescriptor) throws(Errno) in try socket.peerCredentials()
  }
  package var process: (borrowing OwnedDescriptor, Int32) throws(UnknownProcess) -> PeerProcess = {
    (socket: borrowing OwnedDescriptor, pid: Int32) throws(UnknownProcess) in try PeerProcess(of: socket, pid: pid)
  }
  /// Which users and groups our user namespace knows.
  package var users = IdentityMap.users
  package var groups = IdentityMap.groups
  /// Bytes of the largest program that is hashed.
  package var programLimit: UInt64 = 256 << 20

  package init() {}

  /// - Parameter sight: who looks at other processes, where the sandbox keeps us from it.
  package init(sight: any ProcessSight) {
    process = { (socket: borrowing OwnedDescriptor, pid: Int32) throws(UnknownProcess) in
      try PeerProcess(of: socket, pid: pid, sight: sight)
    }
  }
}
