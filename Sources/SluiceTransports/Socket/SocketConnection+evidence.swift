internal import SluicePolicy
internal import SluiceSystem

extension SocketConnection {
  func evidence() -> ProcessEvidence {
    guard let watch else {
      return .unknown(
        reason: listener.attestation == .usersOnly
          ? "the sending program is not looked up"
          : "the connection is older than the rules that ask for its program; connect again")
    }
    return watch.evidence()
  }

  var senderDoubt: String? {
    guard let watch else { return "the senders of single messages are not looked up on this connection" }
    return watch.senderDoubt
  }
}
