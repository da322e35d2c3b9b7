import SluiceChannel
import SluicePolicy
import SluiceSystem
import SluiceWire

@testable import SluiceTransports

enum JournalCheck {
  static func check(_ text: [UInt8], limit: Int, seed: UInt8, _ scratch: ScratchFile, _ reader: MessageReader) {
    // A line that is endless is refused as every other one that is too long: once.
    let expected = ReferenceFramer.events(of: text, limit: limit).filter { $0 != .endless }
    let seen = arrivals(of: text, limit: limit, seed: seed, scratch, reader)
    precondition(seen == expected, "other messages than the plain rules give")
  }

  private static func arrivals(
    of text: [UInt8], limit: Int, seed: UInt8, _ scratch: ScratchFile, _ reader: MessageReader
  ) -> [StreamEvent] {
    let sink = JournalSink(settlesAtOnce: seed & 1 == 0)
    do throws(Errno) {
      let journal = LineJournal(
        name: "j", file: try scratch.descriptor.duplicate(), route: .fifo, principal: .unknown, limit: limit,
        source: sink, sink: sink, reader: reader, buffer: ReadBuffer(capacity: Int(seed >> 1) + 1))
      sink.journal = journal
      // Written in two parts, as a FIFO's journal grows.
      let cut = text.count * Int(seed) / 256
      for part in [Array(text[..<cut]), text] {
        scratch.fill(part)
        repeat {
          try journal.advance()
          precondition(journal.consumed <= part.count)
          sink.settleAll()
        } while !journal.isAtEnd || journal.hasMore || !journal.isHandled
      }
      journal.takeRest()
      sink.settleAll()
      precondition(journal.isSettled, "something is left that nobody waits for")
      precondition(sink.ids == sink.ids.indices.map { "j-\($0)" }, "ids that another reading would not give")
    } catch { fatalError("cannot read: \(error)") }
    return sink.events
  }
}

/// Settles what it is given, at once or later.
private final class JournalSink: MessageSink, DropSource {
  let settlesAtOnce: Bool
  weak var journal: LineJournal?
  private(set) var events: [StreamEvent] = []
  private(set) var ids: [String] = []
  private var unsettled: [String] = []
  init(settlesAtOnce: Bool) { self.settlesAtOnce = settlesAtOnce }

  func dropped(_ bytes: RawSpan, _ drop: Drop) { take(.message(bytes.withUnsafeBytes { Array($0) }), drop) }
  func spoiled(_ bytes: RawSpan, _ refusal: Refusal, _ drop: Drop) {
    take(bytes.byteCount == 0 ? .tooLarge : .message(bytes.withUnsafeBytes { Array($0) }), drop)
  }
  private func take(_ event: StreamEvent, _ drop: Drop) {
    events.append(event)
    ids.append(drop.id)
    if settlesAtOnce { settle(drop.id) } else { unsettled.append(drop.id) }
    precondition(unsettled.count <= LineJournal.window + 1, "more is handed out than the window holds")
  }
  func settle(_ id: String) { journal?.settle(id) }
  func settleAll() {
    for id in unsettled { settle(id) }
    unsettled = []
  }
  func opened(_ conversation: any Conversation) -> (any ConversationSession)? { nil }
  func retired(idPrefix: String) {}
  func noticed(_ text: String) {}
}
