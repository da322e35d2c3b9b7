internal import SluicePolicy
internal import SluiceStore
internal import SluiceWire

/// How one message ended: everything that its audit record and its ledger row need.
struct Ending {
  var kind: Outcome.Kind
  let sender: Sender
  /// The durable id of a drop; nil for messages of a conversation.
  var id: String?
  var dialect: Dialect?
  var method = ""
  var target: String?
  let byteCount: Int
  /// When it arrived, monotonic nanoseconds; nil where that says nothing.
  var arrived: Int64?
  /// Why, where it was not simply handled; for the log only.
  var reason: String?
  /// The refusal's code, where there was one.
  var code: Int?
  /// What policy said, where it was not allowed or a rule's rate was used up.
  var ruling: Refusal.Ruling?
  /// The program that sent it, where that was looked up.
  var program: ProcessEvidence.Program?

  init(_ kind: Outcome.Kind, of sender: Sender, byteCount: Int) {
    self.kind = kind
    self.sender = sender
    self.byteCount = byteCount
  }
}
