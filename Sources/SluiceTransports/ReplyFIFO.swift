package import SluiceSystem
internal import SluiceWire

/// Replies for clients of one-way transports: a FIFO of the client's own in the replies directory, named by a token
/// that travels in the message's envelope.
package struct ReplyFIFO: Sendable {
  private let directory: String
  private let trust: ServerTrust

  package init(directory: String, trust: ServerTrust = ServerTrust()) {
    self.directory = directory
    self.trust = trust
  }

  /// Makes the FIFO, sends the wrapped message, and waits for one reply line; the FIFO is always removed.
  /// - Parameter isVouched: the envelope carries the message's digest.
  package func exchange(
    _ message: [UInt8], patience: Int64, isVouched: Bool = false, send: ([UInt8]) throws(TransportFailure) -> Void
  ) throws(TransportFailure) -> [UInt8] {
    let token = Random.token(bytes: 16)
    let path = "\(directory)/\(token)"
    let held = try trust.directory(directory)
    let fifo: OwnedDescriptor
    do throws(Errno) { fifo = try make(token, in: held) } catch {
      switch error {
      case .permissionDenied:
        throw TransportFailure(
          .notPermitted, "not permitted to make a reply FIFO in \(directory); ask for membership in the channel's group"
        )
      default: throw TransportFailure(error, doing: "make a reply FIFO", path: path)
      }
    }
    defer { try? held.unlink(token) }
    var envelope = Envelope()
    envelope.reply = token
    try send(isVouched ? envelope.wrapVouched(message) : envelope.wrap(message))
    return try read(fifo, path, before: Clock.monotonic + patience)
  }

  private func make(_ token: String, in held: borrowing Directory) throws(Errno) -> OwnedDescriptor {
    try held.makeFIFO(token, mode: 0o600)
    // In a group's directory the server is one of the group: it must be able to write.
    if try held.descriptor.status().mode & 0o2000 != 0 { try held.setMode(of: token, 0o620) }
    // Both ends: the server finds a reader at once, and its leaving is no end of file for us.
    return try held.open(token, .bothEndsOfFIFO)
  }

  private func read(_ fifo: borrowing OwnedDescriptor, _ path: String, before deadline: Int64) throws(TransportFailure)
    -> [UInt8]
  {
    var reply: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    do throws(Errno) {
      while try Wait.ready(fifo, before: deadline) {
        let count = try fifo.read(into: &chunk)
        reply.append(contentsOf: chunk[0..<count])
        if let end = reply.firstIndex(of: UInt8(ascii: "\n")) { return Array(reply[..<end]) }
      }
    } catch { throw TransportFailure(error, doing: "read", path: path) }
    throw TransportFailure(.busy, "no reply in time; the message was handed over and may still be handled")
  }

  /// The server's side: writes a reply into a client's FIFO, if that is what stands there.
  ///
  /// The name is checked, nothing is followed, nothing blocks: a FIFO without a reader, or one that is full, loses its
  /// reply, and the answer says so. The owner must be the one who may be answered.
  package static func answer(
    _ line: [UInt8], token: String, in replies: borrowing Directory, owner: UInt32?
  ) -> String? {
    guard Envelope.isToken(token) else { return "the reply token is no plain name" }
    do throws(Errno) {
      guard let found = try replies.status(of: token), found.kind == .fifo else { return "no reply FIFO is there" }
      if let owner, found.uid != owner { return "the reply FIFO belongs to uid \(found.uid)" }
      let fifo = try replies.open(token, .writeEndOfFIFO)
      guard try fifo.status().identity == found.identity else { return "the reply FIFO was swapped" }
      // A pipe holds 64 KiB unless it is made larger, up to fs.pipe-max-size (pipe(7)).
      if line.count > 1 << 16 { fifo.enlargePipe(to: line.count) }
      guard let written = try fifo.write(line, from: 0), written == line.count else {
        return "a reply of \(line.count) bytes does not fit the reply FIFO; the socket transport has no such limit"
      }
      return nil
    } catch { return error == .noSuchDeviceOrAddress ? "nobody reads the reply FIFO" : "\(error)" }
  }
}
