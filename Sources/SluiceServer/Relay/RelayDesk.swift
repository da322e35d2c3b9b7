internal import SluiceChannel
internal import SluicePolicy
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire

/// The server's side of the relay: takes envelopes from the relay's attested uid and answers with durable outcomes.
final class RelayDesk: MessageSink {
  private let pipeline: Pipeline
  private let relayUser: UInt32
  /// The legacy paths: what a relay names otherwise is not counted under a name of its choice.
  private let paths: [String]
  /// Whether writers look for replies in files.
  let keepsReplies: Bool
  private(set) weak var session: RelaySession?
  var isHoldWanted: Bool
  private var isReturnWanted = false
  /// Where a FIFO of the relay's stands in for drops.
  var standIn: StandInKeeper?
  private let noticedBody: (String) -> Void

  init(
    pipeline: Pipeline, relayUser: UInt32, paths: [String], keepsReplies: Bool, isHoldWanted: Bool,
    noticed: @escaping (String) -> Void
  ) {
    self.pipeline = pipeline
    self.paths = paths
    self.keepsReplies = keepsReplies
    self.relayUser = relayUser
    self.isHoldWanted = isHoldWanted
    noticedBody = noticed
  }

  func opened(_ conversation: any Conversation) -> (any ConversationSession)? {
    let principal = conversation.principal
    guard principal.uid == relayUser || principal.uid == 0 else {
      pipeline.recorder.note("relay-refused") { line in
        line.member("uid", Int64(principal.uid ?? 0))
        line.member("reason", "not the relay's user")
      }
      return nil
    }
    let session = RelaySession(conversation, pipeline: pipeline, desk: self)
    self.session = session
    conversation.write { $0.append(contentsOf: RelayWords.hold(isHoldWanted, returning: isReturnWanted)) }
    return session
  }

  func path(_ name: String?) -> String { name.flatMap { paths.contains($0) ? $0 : nil } ?? "other" }

  /// Tells the relay, and every later one, whether to leave drops in their slots.
  func want(hold: Bool) {
    isHoldWanted = hold
    if !hold { isReturnWanted = false }
    session?.conversation?.write { $0.append(contentsOf: RelayWords.hold(hold, returning: isReturnWanted)) }
  }

  /// Has the relay bring back to the legacy paths what no handler has seen.
  func giveBack() {
    isHoldWanted = true
    isReturnWanted = true
    session?.conversation?.write { $0.append(contentsOf: RelayWords.hold(true, returning: true)) }
  }

  /// Has the relay look again at what it is to do and to keep, such as a FIFO that was just made.
  func remind() { want(hold: isHoldWanted) }

  func dropped(_ bytes: RawSpan, _ drop: Drop) {}
  func spoiled(_ bytes: RawSpan, _ refusal: Refusal, _ drop: Drop) {}
  func retired(idPrefix: String) {}
  func noticed(_ text: String) { noticedBody(text) }
}
