/// A Unix socket that takes connections or datagrams, from a line of /proc/net/unix (proc_pid_net(5)).
package struct UnixListener: Sendable, Equatable {
  package enum Name: Sendable, Equatable {
    case path(String)
    case abstract(String)
    /// Bound by a path that depends on a working directory.
    case relative(String)
  }
  package let name: Name
  package let inode: UInt64
  package let isDatagram: Bool

  package var text: String {
    switch name {
    case .path(let path), .relative(let path): path
    case .abstract(let name): "@\(name)"
    }
  }

  package init(name: Name, inode: UInt64, isDatagram: Bool) {
    self.name = name
    self.inode = inode
    self.isDatagram = isDatagram
  }

  /// nil for the header, for connected and unnamed sockets, and for what is no such line.
  ///
  /// Seven fields, then one blank and the name to the end of the line, blanks and all. Read by bytes: a name may hold what
  /// makes one character of itself and the blank before it or the newline behind it.
  package init?(line: Substring) {
    let fields = line.utf8.split(separator: UInt8(ascii: " "), maxSplits: 6, omittingEmptySubsequences: true)
    guard fields.count == 7, let flags = UInt32(Substring(fields[3]), radix: 16) else { return nil }
    let rest = fields[6].drop { $0 == UInt8(ascii: " ") }
    let digits = rest.prefix { $0 != UInt8(ascii: " ") }
    guard let inode = UInt64(Substring(digits)) else { return nil }
    let name = rest.dropFirst(digits.count + 1)
    guard let first = name.first else { return nil }
    let isListening = flags & 0x10000 != 0  // __SO_ACCEPTCON
    // SOCK_DGRAM, SS_UNCONNECTED
    let isFreeDatagram = fields[4].elementsEqual("0002".utf8) && fields[5].elementsEqual("01".utf8)
    guard isListening || isFreeDatagram else { return nil }
    self.inode = inode
    isDatagram = !isListening
    switch first {
    case UInt8(ascii: "/"): self.name = .path(String(Substring(name)))
    case UInt8(ascii: "@"): self.name = .abstract(String(Substring(name.dropFirst())))
    default: self.name = .relative(String(Substring(name)))
    }
  }

  package static func parse(_ table: String) -> [UnixListener] {
    table.utf8.split(separator: UInt8(ascii: "\n")).compactMap { UnixListener(line: Substring($0)) }
  }
}
