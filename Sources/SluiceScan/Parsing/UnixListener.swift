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
  /// Seven fields, then one blank and the name to the end of the line, blanks and all.
  package init?(line: Substring) {
    let fields = line.split(separator: " ", maxSplits: 6, omittingEmptySubsequences: true)
    guard fields.count == 7, let flags = UInt32(fields[3], radix: 16) else { return nil }
    let rest = fields[6].drop { $0 == " " }
    let digits = rest.prefix { $0 != " " }
    guard let inode = UInt64(digits) else { return nil }
    let name = rest.dropFirst(digits.count + 1)
    guard let first = name.first else { return nil }
    let isListening = flags & 0x10000 != 0  // __SO_ACCEPTCON
    let isFreeDatagram = fields[4] == "0002" && fields[5] == "01"  // SOCK_DGRAM, SS_UNCONNECTED
    guard isListening || isFreeDatagram else { return nil }
    self.inode = inode
    isDatagram = !isListening
    switch first {
    case "/": self.name = .path(String(name))
    case "@": self.name = .abstract(String(name.dropFirst()))
    default: self.name = .relative(String(name))
    }
  }

  package static func parse(_ table: String) -> [UnixListener] {
    table.split(separator: "\n").compactMap { UnixListener(line: $0) }
  }
}
