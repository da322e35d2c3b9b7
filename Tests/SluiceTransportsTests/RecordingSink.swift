import SluicePolicy
import SluiceSystem
import SluiceTransports
import SluiceWire
import Testing

/// What became of ids, kept across restarts as the server's database keeps it.
final class OutcomeBook {
  var known: Set<String> = []
  var retired: [String] = []
}

/// A sink that remembers all that it is given.
final class RecordingSink: MessageSink {
  /// One thing that came.
  struct Arrival {
    let id: String?
    let bytes: [UInt8]
    /// Why it is no message, for what is spoiled or faulted.
    let refusal: Refusal?
    let principal: Principal
    var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  /// When drops are settled.
  enum Settling {
    /// Before the call that brings one returns.
    case atOnce
    /// By `settleAll`, or by the bench's next turn.
    case inTheNextTurn
    case byHand
  }

  let book: OutcomeBook
  var settling: Settling
  private(set) var arrivals: [Arrival] = []
  /// Ids that came again after their outcome was known.
  private(set) var repeats: [String] = []
  private(set) var notices: [String] = []
  private(set) var unsettled: [Drop] = []
  private(set) var sessions: [RecordingSession] = []
  /// Answers requests, as the server does.
  var replies: Directory?
  /// Decides about a connection; nil refuses it.
  var admit: (any Conversation) -> Bool = { _ in true }
  var received: (RecordingSession, [UInt8]) -> Bool = { session, bytes in
    session.echo(bytes)
    return true
  }
  private let reader = MessageReader()

  init(book: OutcomeBook, settling: Settling) {
    self.book = book
    self.settling = settling
  }

  var texts: [String] { arrivals.filter { $0.refusal == nil }.map(\.text) }

  func opened(_ conversation: any Conversation) -> (any ConversationSession)? {
    guard admit(conversation) else { return nil }
    let session = RecordingSession(conversation, sink: self)
    sessions.append(session)
    return session
  }

  func dropped(_ bytes: RawSpan, _ drop: Drop) {
    let copy = bytes.withUnsafeBytes { Array($0) }
    guard take(drop, copy, nil), let message = try? reader.read(copy), message.isEnvelope, replies != nil else {
      return
    }
    guard let envelope = try? reader.openEnvelope(copy.span.bytes), let token = envelope.reply,
      let inner = envelope.message
    else { return }
    let problem = answer(Self.echo(of: Array(copy[inner])), token: token)
    if let problem { notices.append(problem) }
  }

  private func answer(_ line: [UInt8], token: String) -> String? {
    guard let descriptor = try? replies?.descriptor.duplicate() else { return "no directory" }
    return ReplyFIFO.answer(
      line, token: token, in: Directory(adopting: descriptor, path: "replies"), owner: Process.effectiveUser)
  }

  func spoiled(_ bytes: RawSpan, _ refusal: Refusal, _ drop: Drop) {
    _ = take(drop, bytes.withUnsafeBytes { Array($0) }, refusal)
  }

  private func take(_ drop: Drop, _ bytes: [UInt8], _ refusal: Refusal?) -> Bool {
    if let prefix = book.retired.first(where: { drop.id.hasPrefix($0) }) {
      Issue.record("\(drop.id) came after \(prefix) was retired")
    }
    guard !book.known.contains(drop.id) else {
      repeats.append(drop.id)
      drop.source.settle(drop.id)
      return false
    }
    arrivals.append(Arrival(id: drop.id, bytes: bytes, refusal: refusal, principal: drop.principal))
    if settling == .atOnce {
      settle(drop)
    } else {
      unsettled.append(drop)
    }
    return true
  }

  private func settle(_ drop: Drop) {
    book.known.insert(drop.id)
    drop.source.settle(drop.id)
  }

  func settleAll() {
    let waiting = unsettled
    unsettled = []
    for drop in waiting { settle(drop) }
  }

  func abandon() { unsettled = [] }

  /// Settles the first that waits.
  func settleFirst() {
    guard !unsettled.isEmpty else { return }
    settle(unsettled.removeFirst())
  }

  /// Told that all of a claim's messages are settled, while it is still there.
  var whenCompleted: (String) -> Void = { _ in }
  func completed(idPrefix: String) { whenCompleted(idPrefix) }

  func retired(idPrefix: String) {
    book.retired.append(idPrefix)
    book.known = book.known.filter { !$0.hasPrefix(idPrefix) }
  }

  func noticed(_ text: String) { notices.append(text) }

  fileprivate func add(_ bytes: [UInt8], _ refusal: Refusal?, from principal: Principal) {
    arrivals.append(Arrival(id: nil, bytes: bytes, refusal: refusal, principal: principal))
  }

  static func echo(of bytes: [UInt8]) -> [UInt8] { Array(#"{"echo":"#.utf8) + bytes + Array("}\n".utf8) }
}

/// A conversation's side of the sink.
final class RecordingSession: ConversationSession {
  private(set) weak var conversation: (any Conversation)?
  private unowned let sink: RecordingSink
  private let reader = MessageReader()
  private let principal: Principal
  private(set) var isClosed = false
  private(set) var mostWaiting = 0

  init(_ conversation: any Conversation, sink: RecordingSink) {
    self.conversation = conversation
    self.sink = sink
    principal = conversation.principal
  }

  func received(_ bytes: RawSpan) -> Bool {
    let copy = bytes.withUnsafeBytes { Array($0) }
    sink.add(copy, nil, from: principal)
    let goesOn = sink.received(self, copy)
    mostWaiting = max(mostWaiting, conversation?.waiting ?? 0)
    return goesOn
  }

  func isWhole(_ bytes: RawSpan) -> Bool { (try? reader.read(bytes)) != nil }

  func faulted(_ refusal: Refusal) {
    sink.add([], refusal, from: principal)
    conversation?.write { Reply.append(refusal, dialect: .plain, id: .absent, to: &$0) }
  }

  func closed() {
    #expect(!isClosed)
    isClosed = true
  }

  func echo(_ bytes: [UInt8]) { conversation?.write { $0.append(contentsOf: RecordingSink.echo(of: bytes)) } }
}
