internal import SluiceSystem

/// The sending side of the FIFO transport: one line, whole.
package struct FIFOSender: SendingSide {
  /// Bytes that write(2) puts into a pipe in one piece, PIPE_BUF of pipe(7).
  package static let atomicLength = 4096

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
    let path = "\(directory)/\(name)"
    guard !message.contains(UInt8(ascii: "\n")) else {
      throw TransportFailure(.badMessage, "a message of the FIFO transport is one line; remove its newlines")
    }
    let line = message + [UInt8(ascii: "\n")]
    let deadline = Clock.monotonic + patience
    let held = try trust.directory(directory)
    do throws(Errno) {
      guard let found = try held.status(of: name) else { throw Errno.noSuchFile }
      guard found.kind == .fifo else { throw Errno.exists }
      guard trust.accepts(found.uid) else { throw Errno.protocolFault }
      let fifo = try held.open(name, .writeEndOfFIFO)
      guard try fifo.status().identity == found.identity else { throw Errno.exists }
      // Longer lines are written in pieces: the lock keeps those of our clients apart.
      if line.count > Self.atomicLength, try !fifo.lockExclusive(before: deadline) { throw Errno.timedOut }
      var done = 0
      while done < line.count {
        guard try Wait.ready(fifo, writing: true, before: deadline) else { throw Errno.timedOut }
        done += try fifo.write(line, from: done) ?? 0
      }
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

  package func request(_ message: [UInt8]) throws(TransportFailure) -> [UInt8] {
    try replies.exchange(message, patience: patience) { (wrapped) throws(TransportFailure) in try send(wrapped) }
  }
}
