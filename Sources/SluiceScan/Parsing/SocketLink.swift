/// What a link in /proc/PID/fd says (proc_pid_fd(5)).
package enum SocketLink: Sendable, Equatable {
  /// `socket:[INODE]`
  case socket(inode: UInt64)
  /// The path a file was opened by, as it is called now; a removed one has a suffix.
  case path(String, isRemoved: Bool)
  case other

  package init(_ target: [UInt8]) {
    if target.first == UInt8(ascii: "/") {
      let text = String(decoding: target, as: UTF8.self)
      let removed = " (deleted)"
      self =
        text.hasSuffix(removed)
        ? .path(String(text.dropLast(removed.count)), isRemoved: true) : .path(text, isRemoved: false)
      return
    }
    guard target.starts(with: "socket:[".utf8), target.last == UInt8(ascii: "]"),
      let inode = UInt64(String(decoding: target.dropFirst(8).dropLast(), as: UTF8.self))
    else {
      self = .other
      return
    }
    self = .socket(inode: inode)
  }
}
