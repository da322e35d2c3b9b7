import SluiceScan
import Testing

@Suite struct SocketTableTests {
  static let header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"

  static func row(_ address: String, state: String = "0A", uid: String = "1001", inode: String = "4242") -> String {
    "   0: \(address) 00000000:0000 \(state) 00000000:00000000 00:00000000 00000000  \(uid)        0 \(inode) 1 0 100"
  }

  @Test(arguments: [
    ("0100007F:1F90", "127.0.0.1:8080", true), ("00000000:0016", "0.0.0.0:22", false),
    ("0A01A8C0:0050", "192.168.1.10:80", false), ("00000000000000000000000001000000:1F90", "[::1]:8080", true),
    ("00000000000000000000000000000000:0050", "[::]:80", false),
    ("0000000000000000FFFF00000100007F:0051", "127.0.0.1:81", true),
    ("B80D0120000000000000000001000000:0051", "[2001:db8::1]:81", false),
  ])
  func addresses(address: String, text: String, isLoopback: Bool) {
    let found = TCPListener.parse(Self.header + "\n" + Self.row(address) + "\n")
    #expect(found.map(\.text) == [text])
    #expect(found.map(\.isLoopback) == [isLoopback])
    #expect(found.first?.uid == 1001 && found.first?.inode == 4242)
  }

  @Test(arguments: [
    "", header, row("0100007F:1F90", state: "01"), row("0100007F"), row("0100007F:1F900"), row("0100007:1F90"),
    row("0100007F:1F90", uid: "-1"), row("0100007F:1F90", inode: "x"), "a b c", "\u{0}\u{1}",
  ])
  func refuses(line: String) { #expect(TCPListener.parse(line).isEmpty) }

  @Test(arguments: [
    ("0000: 00000002 00000000 00010000 0001 01 77 /run/a b.sock", UnixListener.Name.path("/run/a b.sock"), false),
    ("0000: 00000002 00000000 00010000 0005 01 77 @abstract@x", .abstract("abstract@x"), false),
    ("0000: 00000002 00000000 00010000 0001 01 77 rel.sock", .relative("rel.sock"), false),
    ("0000: 00000002 00000000 00000000 0002 01    77 /dev/log", .path("/dev/log"), true),
  ])
  func unixListeners(line: String, name: UnixListener.Name, isDatagram: Bool) {
    #expect(UnixListener.parse(line + "\n") == [UnixListener(name: name, inode: 77, isDatagram: isDatagram)])
  }

  /// A carriage return and a newline are one character, and so are a blank and the accent behind it.
  @Test(arguments: ["/run/a\r", "\u{301}x", "/\u{301}x", "@\u{301}x"])
  func noNameHidesItselfOrTheNext(name: String) {
    let line = "0000: 00000002 00000000 00010000 0001 01"
    let found = UnixListener.parse("\(line) 76 \(name)\n\(line) 77 /run/b\n")
    #expect(found.map(\.inode) == [76, 77] && found.map(\.text) == [name, "/run/b"])
  }

  @Test(arguments: [
    "Num       RefCount Protocol Flags    Type St Inode Path", "0000: 00000003 00000000 00000000 0001 03 77 /run/a",
    "0000: 00000002 00000000 00010000 0001 01 77", "0000: 00000002 00000000 00000000 0002 03 77 /dev/log", "", "\n: 1",
  ])
  func refusesUnix(line: String) { #expect(UnixListener.parse(line).isEmpty) }

  /// A message of unix_diag: type, state, inode and name.
  static func message(_ kind: UInt8, _ state: UInt8, _ inode: UInt8, _ name: [UInt8]) -> [UInt8] {
    // An attribute that says something else (UNIX_DIAG_PEER) comes before the name's, which is padded.
    var body: [UInt8] = [1, kind, state, 0, inode, 0, 0, 0] + [UInt8](repeating: 0, count: 8)
    body += [8, 0, 2, 0, 9, 9, 9, 9] + [UInt8(4 + name.count), 0, 0, 0] + name
    body += [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
    return [UInt8(16 + body.count), 0, 0, 0, 20, 0, 2, 0] + [UInt8](repeating: 0, count: 8) + body
  }
  static let done: [UInt8] = [20, 0, 0, 0, 3, 0, 2, 0] + [UInt8](repeating: 0, count: 12)

  @Test func diagnosedSockets() {
    let forged = "/run/a\n0000: 00000002 00000000 00010000 0001 01 77 /run/b"
    let messages =
      Self.message(1, 10, 1, Array("/run/a b\0".utf8)) + Self.message(5, 10, 2, Array("\0abstract".utf8))
      + Self.message(1, 10, 3, Array("rel\0".utf8)) + Self.message(2, 7, 4, Array("/dev/log\0".utf8))
      + Self.message(1, 1, 5, Array("/run/connected\0".utf8)) + Self.message(2, 1, 6, Array("/run/c\0".utf8))
      + Self.message(1, 10, 7, Array((forged + "\0").utf8)) + Self.done
    let expected = [
      UnixListener(name: .path("/run/a b"), inode: 1, isDatagram: false),
      UnixListener(name: .abstract("abstract"), inode: 2, isDatagram: false),
      UnixListener(name: .relative("rel"), inode: 3, isDatagram: false),
      UnixListener(name: .path("/dev/log"), inode: 4, isDatagram: true),
      UnixListener(name: .path(forged), inode: 7, isDatagram: false),
    ]
    #expect(UnixListener.parse(diagnosis: messages) == expected)
    // Cut anywhere, it is what came before.
    for count in messages.indices {
      let found = UnixListener.parse(diagnosis: Array(messages[..<count]))
      #expect(found == Array(expected.prefix(found.count)))
    }
  }

  @Test(arguments: [
    ("socket:[99]", SocketLink.socket(inode: 99)), ("pipe:[99]", .other), ("socket:[x]", .other), ("", .other),
    ("/tmp/a", .path("/tmp/a", isRemoved: false)), ("/tmp/a (deleted)", .path("/tmp/a", isRemoved: true)),
  ])
  func links(target: String, link: SocketLink) { #expect(SocketLink(Array(target.utf8)) == link) }
}
