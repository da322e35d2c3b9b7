internal import CLinux

/// Who may own a node that is being made: nil leaves the process' own ids.
package struct Owner: Sendable, Equatable {
  package let uid: UInt32
  package let gid: UInt32
  package init(uid: UInt32, gid: UInt32) {
    self.uid = uid
    self.gid = gid
  }
}

/// Unix stream sockets (unix(7)), bound and connected through a held directory.
package enum UnixSocket {
  /// A listener whose node has its mode and owner before listen(2): until then nobody can connect.
  package static func listen(
    in directory: borrowing Directory, name: String, mode: UInt32, owner: Owner?, backlog: Int32 = 4096
  ) throws(Errno) -> OwnedDescriptor {
    let fd = directory.raw
    return OwnedDescriptor(
      adopting: try systemCall {
        unsafe sl_unix_listen(fd, name, mode, owner?.uid ?? 0, owner?.gid ?? 0, owner == nil ? 0 : 1, backlog)
      })
  }

  /// A connection; ECONNREFUSED when nobody listens, EAGAIN when a non-blocking caller meets a full queue.
  package static func connect(
    in directory: borrowing Directory, name: String, nonblocking: Bool = false
  ) throws(Errno) -> OwnedDescriptor {
    let fd = directory.raw
    return OwnedDescriptor(adopting: try systemCall { unsafe sl_unix_connect(fd, name, nonblocking ? 1 : 0) })
  }
}

/// What the kernel says of the process that connected (SO_PEERCRED of socket(7)): fixed at connect time.
package struct PeerCredentials: Sendable, Equatable {
  package let uid: UInt32
  package let gid: UInt32
  /// A hint only: the process may be gone and the number taken by another.
  package let pid: Int32
  /// Supplementary groups (SO_PEERGROUPS), sorted.
  package let groups: [UInt32]

  package init(uid: UInt32, gid: UInt32, pid: Int32, groups: [UInt32]) {
    self.uid = uid
    self.gid = gid
    self.pid = pid
    self.groups = groups
  }
}

/// Who wrote some bytes of a stream (SCM_CREDENTIALS of unix(7)), at the time of writing.
package struct MessageWriter: Sendable, Equatable {
  /// 0 where the kernel names nobody.
  package let pid: Int32
  package let uid: UInt32

  package init(pid: Int32, uid: UInt32) {
    self.pid = pid
    self.uid = uid
  }
}

extension OwnedDescriptor {
  /// accept4(2): nil when no connection waits.
  package func accept() throws(Errno) -> OwnedDescriptor? {
    try systemCallUnlessBlocked { sl_accept(raw) }.map { OwnedDescriptor(adopting: $0) }
  }

  /// The uid alone of who connected: one call, for those who are not let in anyway.
  package func peerUser() throws(Errno) -> UInt32 {
    var peer = sl_peer()
    try systemCall { unsafe sl_peer(raw, &peer) }
    return peer.uid
  }

  /// The peer's credentials. A failed look-up is thrown, and must be a refusal.
  package func peerCredentials() throws(Errno) -> PeerCredentials {
    var peer = sl_peer()
    try systemCall { unsafe sl_peer(raw, &peer) }
    var capacity = 64
    while true {
      var groups = [UInt32](repeating: 0, count: capacity)
      let count = unsafe groups.withUnsafeMutableBufferPointer {
        unsafe sl_peer_groups(raw, $0.baseAddress, UInt32($0.count))
      }
      if count >= 0 {
        return PeerCredentials(uid: peer.uid, gid: peer.gid, pid: peer.pid, groups: groups[0..<Int(count)].sorted())
      }
      // ERANGE (34): the buffer was too small. NGROUPS_MAX is 65536 (setgroups(2)).
      guard count == -34, capacity < 65536 else { throw Errno(rawValue: -count) }
      capacity = 65536
    }
  }

  /// A pidfd of the process that connected (SO_PEERPIDFD, Linux 6.5): ENOPROTOOPT from an older kernel.
  package func peerPidfd() throws(Errno) -> OwnedDescriptor {
    OwnedDescriptor(adopting: try systemCall { sl_peer_pidfd(raw) })
  }

  /// Whether reads bring the credentials of who wrote (SO_PASSCRED); a listener hands it on to what it accepts.
  package func passCredentials(_ wanted: Bool) throws(Errno) {
    try systemCall { sl_pass_credentials(raw, wanted ? 1 : 0) }
  }

  /// Refuses passed descriptors at their sender, where the kernel can; elsewhere a plain read drops them.
  package func refuseDescriptors() { _ = sl_refuse_descriptors(raw) }

  /// shutdown(2) of the writing direction: the peer reads end of file, its reply can still come.
  package func finishWriting() throws(Errno) { try systemCall { sl_shutdown_write(raw) } }
  /// shutdown(2) of both directions, for everybody who has the connection open.
  package func endConnection() throws(Errno) { try systemCall { sl_shutdown(raw) } }
}
