import SluiceScan

enum SocketTableCheck {
  /// What was found is found again in a line as the kernel writes it (unix_seq_show); and no name hides itself, or the
  /// socket behind it.
  static func check(unix text: String) {
    let name = String(text.unicodeScalars.filter { $0 != "\n" && $0 != "\0" })
    if !name.isEmpty {
      let line = "0000000000000000: 00000002 00000000 00010000 0001 01"
      let found = UnixListener.parse("\(line) 1 \(name)\n\(line) 2 /b\n")
      precondition(found.map(\.inode) == [1, 2], "\(name.debugDescription) hides a socket")
      precondition(found.first.map { Array($0.text.utf8) } == Array(name.utf8), "another name")
    }
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
