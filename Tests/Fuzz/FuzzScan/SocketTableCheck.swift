import SluiceScan

enum SocketTableCheck {
  /// What was found is found again in a line as the kernel writes it (unix_seq_show).
  static func check(unix text: String) {
    for listener in UnixListener.parse(text) {
      let flags = listener.isDatagram ? "00000000 0002 01" : "00010000 0001 01"
      let line = "0000000000000000: 00000002 00000000 \(flags) \(listener.inode) \(listener.text)"
      precondition(UnixListener(line: line[...]) == listener, "\(line.debugDescription) is read otherwise")
    }
  }

  static func check(tcp text: String) {
    for listener in TCPListener.parse(text) {
      precondition(listener.address.utf8.allSatisfy { "0123456789abcdef.:".utf8.contains($0) })
      precondition(!listener.isLoopback || listener.address.hasPrefix("127.") || listener.address == "::1")
    }
  }

  static func check(link bytes: [UInt8]) {
    switch SocketLink(bytes) {
    case .socket(let inode): precondition(SocketLink(Array("socket:[\(inode)]".utf8)) == .socket(inode: inode))
    case .path(let path, _): precondition(path.utf8.first == UInt8(ascii: "/"), "a path that is none")
    case .other: precondition(bytes.first != UInt8(ascii: "/"))
    }
  }
}
