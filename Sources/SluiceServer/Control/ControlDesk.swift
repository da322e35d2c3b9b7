internal import SluiceChannel
internal import SluicePolicy
internal import SluiceTransports
internal import SluiceWire

/// Receives operators' requests; only the channel's own user and root get in, whatever the node's mode says.
final class ControlDesk: MessageSink {
  private let user: UInt32
  /// JSON text of the answer to a request, without a newline.
  private let answer: (ControlRequest, Principal) -> [UInt8]
  /// Begins a handover to the peer, and answers it itself; a sentence where it is refused.
  var handOver: (any Conversation) -> String? = { _ in "it cannot" }
  private let noticedBody: (String) -> Void

  init(user: UInt32, noticed: @escaping (String) -> Void, answer: @escaping (ControlRequest, Principal) -> [UInt8]) {
    self.user = user
    self.answer = answer
    noticedBody = noticed
  }

  func opened(_ conversation: any Conversation) -> (any ConversationSession)? {
    guard conversation.principal.uid == user || conversation.principal.uid == 0 else {
      noticedBody("refused a control connection of uid \(conversation.principal.uid ?? 0)")
      return nil
    }
    return Session(conversation, self)
  }

  func dropped(_ bytes: RawSpan, _ drop: Drop) {}
  func spoiled(_ bytes: RawSpan, _ refusal: Refusal, _ drop: Drop) {}
  func retired(idPrefix: String) {}
  func noticed(_ text: String) { noticedBody(text) }

  private final class Session: ConversationSession {
    private weak var conversation: (any Conversation)?
    private let desk: ControlDesk

    init(_ conversation: any Conversation, _ desk: ControlDesk) {
      self.conversation = conversation
      self.desk = desk
    }

    func isWhole(_ bytes: RawSpan) -> Bool { ControlRequest(json: Pipeline.copy(bytes)) != nil }
    func closed() {}
    func faulted(_ refusal: Refusal) { say(#"{"error":"not a control request"}"#) }

    func received(_ bytes: RawSpan) -> Bool {
      guard let request = ControlRequest(json: Pipeline.copy(bytes)) else {
        faulted(.notJSON)
        return true
      }
      if request == .handover {
        if let conversation, let reason = desk.handOver(conversation) { say(ControlRequest.refusal(reason)) }
        return true
      }
      guard let principal = conversation?.principal else { return true }
      let reply = desk.answer(request, principal)
      conversation?.write {
        $0.append(contentsOf: reply)
        $0.append(UInt8(ascii: "\n"))
      }
      return true
    }

    private func say(_ text: String) {
      conversation?.write {
        $0.append(contentsOf: text.utf8)
        $0.append(UInt8(ascii: "\n"))
      }
    }
  }
}
