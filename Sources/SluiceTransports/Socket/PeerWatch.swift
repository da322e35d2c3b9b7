internal import SluicePolicy
internal import SluiceSystem

/// What is known of one peer beyond its user, and which of its bytes that covers. Only where rules ask for it.
///
/// The image is taken first and the waiting bytes are counted then: whatever was sent before is among them, and an image
/// that is still the same later was the only one in between.
final class PeerWatch {
  private let process: PeerProcess?
  private let connected: MessageWriter
  private let wanted: SocketListener.Attestation
  /// What holds for messages that are not doubted; unknown for good once anything has changed.
  private var standing: ProcessEvidence
  /// Bytes to come that were sent before the image was taken.
  private var early = 0
  private var doubt = MessageDoubt()
  private var isReadElsewhere = false

  init(
    _ socket: borrowing OwnedDescriptor, _ credentials: PeerCredentials, _ wanted: SocketListener.Attestation,
    _ lookUp: PeerLookUp
  ) {
    connected = MessageWriter(pid: credentials.pid, uid: credentials.uid)
    self.wanted = wanted
    do throws(UnknownProcess) {
      process = try lookUp.process(socket, credentials.pid)
      standing = .unknown(reason: "the sending program is not looked up")
    } catch {
      process = nil
      standing = .unknown(reason: error.reason)
    }
    early = (try? socket.pendingBytes()) ?? .max
  }

  /// The process whose program is to be looked up, if any.
  var pinned: PeerProcess? { process }

  private var isWriterChecked: Bool { wanted.senderPerMessage }

  /// Whether it was asked for all of this when it was made.
  func covers(_ asked: SocketListener.Attestation) -> Bool {
    (wanted.program || !asked.program) && (wanted.senderPerMessage || !asked.senderPerMessage)
  }

  func found(_ evidence: ProcessEvidence) { standing = evidence }

  var grade: Principal.Grade {
    if case .program = standing { return .image }
    return process == nil ? .uid : .pid
  }

  // MARK: Bytes

  /// Reads one piece, which holds doubted bytes only or none: what was sent early comes by itself.
  func read(
    _ buffer: ReadBuffer, from socket: borrowing OwnedDescriptor, continues: Bool
  ) throws(Errno) -> Int? {
    let limit = early > 0 ? early : buffer.capacity
    guard let (count, writer) = try buffer.receive(from: socket, atMost: limit) else { return nil }
    var reason: ProcessEvidence?
    if early > 0 { reason = .early }
    early -= min(early, count)
    if isWriterChecked, count > 0, writer != connected { reason = .unknown(reason: Self.text(writer, connected)) }
    doubt.pieceBegins(reason, continues: continues)
    return count
  }

  /// A request that was read by somebody else, who does not say who sent it: so many bytes of it at least.
  func readElsewhere(_ byteCount: Int) {
    isReadElsewhere = true
    doubt.pieceBegins(early > 0 ? .early : nil, continues: false)
    early -= min(early, byteCount)
  }

  private static func text(_ writer: MessageWriter, _ connected: MessageWriter) -> String {
    writer.pid == 0
      ? "the kernel does not say which process sent it; send it again on the same connection"
      : "sent by process \(writer.pid) of uid \(writer.uid) over a connection of process \(connected.pid)"
        + " of uid \(connected.uid)"
  }

  func messageEnded() { doubt.messageEnded() }

  /// What another process had read of a message already counts as sent early.
  func wasCarried() { doubt.pieceBegins(.early, continues: false) }

  // MARK: Answers

  func evidence() -> ProcessEvidence {
    // Where nothing can be known, sending it again does not help.
    guard case .program = standing else { return standing }
    if let doubt = doubt.ofMessage { return doubt }
    checkImage()
    return standing
  }

  var senderDoubt: String? {
    guard isWriterChecked else { return "the senders of single messages are not looked up" }
    if isReadElsewhere { return "the senders of single requests over HTTP are not looked up" }
    if case .unknown(let reason)? = doubt.ofMessage, doubt.ofMessage != .early { return reason }
    // The number names the process that connected only while that lives.
    guard let process else { return "the connecting process is not known" }
    do throws(UnknownProcess) { try process.requireAlive() } catch { return error.reason }
    return nil
  }

  /// Start time, addresses and file tell an exec, also one back into the same program; the held directory an end.
  private func checkImage() {
    guard let process else { return }
    do throws(UnknownProcess) {
      if try process.currentImage() != process.image { standing = .unknown(reason: PeerProcess.changed) }
    } catch { standing = .unknown(reason: error.reason) }
  }
}
