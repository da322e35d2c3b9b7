internal import SluicePolicy
internal import SluiceSystem
internal import SluiceWire

extension SocketConnection {
  /// What the look-up of its program gave is part of who it is from here on.
  func identified() {
    if let grade = watch?.grade, grade > .uid { principal = principal.raised(to: grade) }
  }

  func readPiece(continues: Bool) throws(Errno) -> Int? {
    guard let watch else { return try listener.readBuffer.fill(from: descriptor, atMost: readLimit) }
    return try watch.read(listener.readBuffer, from: descriptor, continues: continues)
  }

  /// Answers a first line that is a word to the transport itself; false where it is a message.
  func answersFirstLine(_ line: RawSpan) -> Bool {
    isAtFirstLine = false
    guard ConnectionWords.isReady(line) else { return false }
    write { $0.append(contentsOf: ConnectionWords.ready + [UInt8(ascii: "\n")]) }
    watch?.messageEnded()
    return true
  }

  func evidence() -> ProcessEvidence {
    guard let watch else {
      return .unknown(
        reason: listener.attestation == .usersOnly
          ? "the sending program is not looked up"
          : "the connection is older than the rules that ask for its program; connect again")
    }
    return watch.evidence()
  }

  var isOlderThanRules: Bool {
    let asked = listener.attestation
    return watch.map { !$0.covers(asked) } ?? (asked != .usersOnly)
  }

  var senderDoubt: String? {
    guard let watch else { return "the senders of single messages are not looked up on this connection" }
    return watch.senderDoubt
  }
}

extension SocketConnection: SenderAttesting {
  func senderEvidence() -> SenderEvidence { senderDoubt.map { .unknown(reason: $0) } ?? .same }
}
