internal import CLinux

/// The kernel's list of Unix sockets, as sock_diag(7) gives it.
package enum SocketDiagnosis {
  /// Bytes of the whole list.
  private static let limit = 1 << 26

  /// Netlink messages (netlink(7)) one after the other, up to the one that ends the list. Fails where the kernel has no
  /// such list (`noSuchFile`, `notSupported`), or it is enormous.
  package static func unixSockets() throws(Errno) -> [UInt8] {
    let socket = OwnedDescriptor(adopting: try systemCall { sl_unix_diagnosis() })
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < limit {
      let count = try socket.read(into: &chunk)
      guard count >= 16 else { throw .protocolFault }
      bytes.append(contentsOf: chunk[..<count])
      // NLMSG_ERROR 2 and NLMSG_DONE 3 come as messages of their own or at the end of the others.
      var start = 0
      while start + 16 <= count {
        let length = chunk[start..<start + 4].enumerated().reduce(0) { $0 | Int($1.element) << ($1.offset * 8) }
        let type = Int(chunk[start + 4]) | Int(chunk[start + 5]) << 8
        if type == 3 { return bytes }
        guard type != 2, length >= 16 else { throw .notSupported }
        start += (length + 3) & ~3
      }
    }
    throw .noBufferSpace
  }
}
