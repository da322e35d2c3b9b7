internal import SluiceStore
internal import SluiceSystem
internal import SluiceWire

/// The members of a record that stay the same from one message of a peer to its next within a millisecond: time, event,
/// who it is, generation; and, as `subject`, what it asks for. Composing them costs more than the rest of a small record,
/// so they are kept.
struct RecordHead: ~Copyable {
  private(set) var line = RecordLine()
  private(set) var subject = RecordLine()
  private var dialect: Dialect?
  private var method = ""
  private var target: String?
  private var timeText: [UInt8] = []
  private var millisecond: Int64 = .min
  private var kind = Outcome.Kind.handled
  private var sender: Sender?
  private var generation: Int64 = .min

  /// `time` in nanoseconds since 1970; the record's text has a millisecond's grain.
  mutating func prepare(time: Int64, kind: Outcome.Kind, sender: Sender, generation: Int64) {
    let millisecond = time / 1_000_000
    if millisecond == self.millisecond, sender === self.sender, kind == self.kind, generation == self.generation {
      return
    }
    if millisecond != self.millisecond { timeText = Timestamp(nanoseconds: millisecond * 1_000_000).bytes }
    self.millisecond = millisecond
    self.kind = kind
    self.sender = sender
    self.generation = generation
    line.clear()
    line.moment(timeText, event: Self.event(kind))
    line.append(UInt8(ascii: ","))
    line.append(sender.members)
    line.member("gen", generation)
  }

  mutating func prepare(dialect: Dialect?, method: String, target: String?) {
    if method == self.method, dialect == self.dialect, target == self.target { return }
    self.dialect = dialect
    self.method = method
    self.target = target
    subject.subject(dialect: dialect, method: method, target: target)
  }

  private static func event(_ kind: Outcome.Kind) -> StaticString {
    switch kind {
    case .handled: "handled"
    case .failed: "failed"
    case .rejected: "rejected"
    case .quarantined: "quarantined"
    case .canary: "canary"
    case .started: "started"
    }
  }
}
