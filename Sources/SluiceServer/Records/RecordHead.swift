internal import SluiceStore
internal import SluiceSystem

/// The members of a record that stay the same from one message of a peer to its next within a millisecond: time, event,
/// who it is, generation. Composing them costs more than the rest of a small record, so they are kept.
struct RecordHead {
  private(set) var bytes: [UInt8] = []
  private var timeText: [UInt8] = []
  private var millisecond: Int64 = .min
  private var kind: Outcome.Kind?
  private var who: [UInt8] = []
  private var generation: Int64 = .min

  /// `time` in nanoseconds since 1970; the record's text has a millisecond's grain.
  mutating func prepare(time: Int64, kind: Outcome.Kind, who: [UInt8], generation: Int64) {
    let millisecond = time / 1_000_000
    // Arrays that share their storage are equal without a look at their elements.
    if millisecond == self.millisecond, kind == self.kind, generation == self.generation, who == self.who { return }
    if millisecond != self.millisecond { timeText = Timestamp(nanoseconds: millisecond * 1_000_000).bytes }
    self.millisecond = millisecond
    self.kind = kind
    self.who = who
    self.generation = generation
    bytes.removeAll(keepingCapacity: true)
    RecordLine.time(timeText, event: Self.event(kind), to: &bytes)
    bytes.append(UInt8(ascii: ","))
    bytes.append(contentsOf: who)
    RecordLine.member("gen", generation, to: &bytes)
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
