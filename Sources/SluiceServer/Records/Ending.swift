internal import SluicePolicy
internal import SluiceStore
internal import SluiceWire

/// How one message ended: everything that its audit record and its ledger row need.
struct Ending {
  var kind: Outcome.Kind
  let sender: Sender
  var dialect: Dialect?
  var method = ""
  var target: String?
  let byteCount: Int
  /// When it arrived, monotonic nanoseconds; nil where that says nothing.
  var arrived: Int64?
  private var rare: Rare?

  /// What the ending of a call that was simply handled has none of, behind one reference: an ending is made and let go
  /// of for every message. Not changed any more once the ending is recorded.
  private final class Rare {
    var id: String?
    var reason: String?
    var code: Int?
    var ruling: Refusal.Ruling?
    var program: ProcessEvidence.Program?
  }

  init(_ kind: Outcome.Kind, of sender: Sender, byteCount: Int) {
    self.kind = kind
    self.sender = sender
    self.byteCount = byteCount
  }

  /// The durable id of a drop; nil for messages of a conversation.
  var id: String? {
    get { rare?.id }
    set { if newValue != nil { ensureRare().id = newValue } }
  }
  /// Why, where it was not simply handled; for the log only.
  var reason: String? {
    get { rare?.reason }
    set { if newValue != nil { ensureRare().reason = newValue } }
  }
  /// The refusal's code, where there was one.
  var code: Int? {
    get { rare?.code }
    set { if newValue != nil { ensureRare().code = newValue } }
  }
  /// What policy said, where it was not allowed or a rule's rate was used up.
  var ruling: Refusal.Ruling? {
    get { rare?.ruling }
    set { if newValue != nil { ensureRare().ruling = newValue } }
  }
  /// The program that sent it, where that was looked up.
  var program: ProcessEvidence.Program? {
    get { rare?.program }
    set { if newValue != nil { ensureRare().program = newValue } }
  }

  /// Whether it is told in the record's members that are the same for all, and nothing else.
  var isPlain: Bool { rare == nil }

  private mutating func ensureRare() -> Rare {
    if let rare { return rare }
    let made = Rare()
    rare = made
    return made
  }
}
