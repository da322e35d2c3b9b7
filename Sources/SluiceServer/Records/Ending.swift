internal import SluiceChannel
internal import SluicePolicy
internal import SluiceStore
internal import SluiceWire

/// How one message ended: everything that its audit record and its ledger row need.
struct Ending {
  var kind: Outcome.Kind
  var route: TransportKind
  /// `RecordLine.whoPart` of the sender.
  var who: [UInt8]
  var principal: Principal
  /// The durable id of a drop; nil for messages of a conversation.
  var id: String?
  var dialect: Dialect?
  var method: String
  var target: String?
  var byteCount: Int
  /// When it arrived, monotonic nanoseconds; nil where that says nothing.
  var arrived: Int64?
  /// Why, where it was not simply handled; for the log only.
  var reason: String?
  /// The refusal's code, where there was one.
  var code: Int?

  init(_ kind: Outcome.Kind, route: TransportKind, who: [UInt8], principal: Principal, byteCount: Int) {
    self.kind = kind
    self.route = route
    self.who = who
    self.principal = principal
    self.byteCount = byteCount
    method = ""
  }
}
