/// Unix sockets from the messages of sock_diag(7): a name comes with its length, so nothing in it can pass for another
/// socket, as a line end can in /proc/net/unix.
extension UnixListener {
  private static let headerLength = 16  // struct nlmsghdr
  private static let bodyLength = 16  // struct unix_diag_msg
  private static let byFamily = 20  // SOCK_DIAG_BY_FAMILY
  private static let nameAttribute = 0  // UNIX_DIAG_NAME

  /// - Parameter messages: in the byte order of the machine, which is little-endian on all that sluice runs on.
  package static func parse(diagnosis messages: [UInt8]) -> [UnixListener] {
    var found: [UnixListener] = []
    var rest = messages[...]
    while rest.count >= headerLength {
      let length = number(rest, at: 0, bytes: 4)
      guard length >= headerLength, length <= rest.count else { break }
      if number(rest, at: 4, bytes: 2) == byFamily, let listener = UnixListener(message: rest.prefix(length)) {
        found.append(listener)
      }
      rest = rest.dropFirst((length + 3) & ~3)
    }
    return found
  }

  private init?(message: ArraySlice<UInt8>) {
    let body = message.dropFirst(Self.headerLength)
    guard body.count >= Self.bodyLength else { return nil }
    let (kind, state) = (Self.number(body, at: 1, bytes: 1), Self.number(body, at: 2, bytes: 1))
    let isListening = state == 10  // TCP_LISTEN
    let isFreeDatagram = kind == 2 && state == 7  // SOCK_DGRAM, TCP_CLOSE
    guard isListening || isFreeDatagram else { return nil }
    guard let bytes = Self.name(in: body.dropFirst(Self.bodyLength)), let first = bytes.first else { return nil }
    let name: Name
    switch first {
    case 0: name = .abstract(String(decoding: bytes.dropFirst(), as: UTF8.self))
    default:
      let text = String(decoding: bytes.last == 0 ? bytes.dropLast() : bytes, as: UTF8.self)
      name = first == UInt8(ascii: "/") ? .path(text) : .relative(text)
    }
    self.init(name: name, inode: UInt64(Self.number(body, at: 4, bytes: 4)), isDatagram: !isListening)
  }

  private static func name(in attributes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var rest = attributes
    while rest.count >= 4 {
      let length = number(rest, at: 0, bytes: 2)
      guard length >= 4, length <= rest.count else { return nil }
      if number(rest, at: 2, bytes: 2) == nameAttribute { return rest.prefix(length).dropFirst(4) }
      rest = rest.dropFirst((length + 3) & ~3)
    }
    return nil
  }

  private static func number(_ bytes: ArraySlice<UInt8>, at offset: Int, bytes count: Int) -> Int {
    (0..<count).reduce(0) { $0 | Int(bytes[bytes.startIndex + offset + $1]) << ($1 * 8) }
  }
}
