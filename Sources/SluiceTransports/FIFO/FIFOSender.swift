internal import SluiceSystem
internal import SluiceWire

/// The sending side of the FIFO transport: one line, whole.
package struct FIFOSender: SendingSide {
  /// Bytes that write(2) puts into a pipe in one piece, PIPE_BUF of pipe(7).
  package static let atomicLength = LineMixing.atomicLength

  private let directory: String
  private let name: String
  private let patience: Int64
  private let replies: ReplyFIFO
  private let trust: ServerTrust

  package init(
    directory: String, name: String, patience: Int64, replies: ReplyFIFO, trust: ServerTrust = ServerTrust()
  ) {
    self.trust = trust
    self.directory = directory
    self.name = name
    self.patience = patience
    self.replies = replies
  }

  package func send(_ message: [UInt8]) throws(TransportFailure) {
    try write(Self.vouched(message))
  }

  /// A long message in an envelope by which whoever reads it can tell that all of it is ours.
  static func vouched(_ message: [UInt8]) -> [UInt8] {
    guard message.count >= atomicLength, !isEnvelope(message) else { return message }
    var envelope = Envelope()
    return envelope.wrapVouched(message)
  }

  private static func isEnvelope(_ message: [UInt8]) -> Bool {
    (try? MessageReader().read(message))?.isEnvelope ?? false
  }

  private func write(_ message: [UInt8]) throws(TransportFailure) {
    let path = "\(directory)/\(name)"
    guard !message.contains(UInt8(ascii: "\n")) else {
      throw TransportFailure(.badMessage, "a message of the FIFO transport is one line; remove its newlines")
    }
    let line = message + [UInt8(ascii: "\n")]
    let deadline = Clock.monotonic + patience
    let held = try trust.directory(directory)
    do throws(Errno) {
      try Self.put(line, at: name, in: held, before: deadline, accepts: trust.accepts)
    } catch {
      switch error {
      case .noSuchFile, .noSuchDeviceOrAddress, .brokenPipe:
        throw TransportFailure(.notRunning, "nobody reads the FIFO \(path); start the server with: sluice serve")
      case .protocolFault:
        throw TransportFailure(
          .unsafePath, "\(path) belongs to another user than the channel's or root; nothing was sent")
      case .exists: throw TransportFailure(.unsafePath, "\(path) is not a FIFO; nothing was sent")
      case .timedOut: throw TransportFailure(.busy, "the FIFO \(path) is full; try again later")
      default: throw TransportFailure(error, doing: "write to", path: path)
      }
    }
  }

  /// Writes a line, whole or not at all up to `atomicLength` bytes, into the FIFO of that name.
  static func put(
    _ line: [UInt8], at name: String, in held: borrowing Directory, before deadline: Int64, accepts: (UInt32) -> Bool
  ) throws(Errno) {
    guard let found = try held.status(of: name) else { throw Errno.noSuchFile }
    guard found.kind == .fifo else { throw Errno.exists }
    guard accepts(found.uid) else { throw Errno.protocolFault }
    let fifo = try held.open(name, .writeEndOfFIFO)
    guard try fifo.status().identity == found.identity else { throw Errno.exists }
    // Longer lines go in as there is room: the lock keeps those of our clients apart.
    if line.count > atomicLength, try !fifo.lockExclusive(before: deadline) { throw Errno.timedOut }
    var done = 0
    while done < line.count {
      guard try Wait.ready(fifo, writing: true, before: deadline) else { throw Errno.timedOut }
      done += try fifo.write(line, from: done) ?? 0
    }
  }

  package func request(_ message: [UInt8]) throws(TransportFailure) -> [UInt8] {
    // The token takes room, too.
    try replies.exchange(message, patience: patience, isVouched: message.count >= Self.atomicLength - 256) {
      (wrapped) throws(TransportFailure) in try write(wrapped)
    }
  }
}

extension Envelope {
  /// An envelope with the digest of its message, which white space around it is no part of.
  mutating func wrapVouched(_ message: [UInt8]) -> [UInt8] {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
    let end = message.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? 0
    let inner = Array(message[..<end].drop(while: isSpace))
    digest = Digest.sha256(inner)
    return wrap(inner)
  }
}
