package import SluiceStore
internal import SluiceSystem
package import SluiceWire

/// How messages of a route ended, as every JSON object that says so has it.
package protocol MessageCounts {
  var accepted: Int64 { get }
  var handled: Int64 { get }
  var failed: Int64 { get }
  var rejected: Int64 { get }
  var quarantined: Int64 { get }
}

extension MessageCounts {
  /// The members, in an object that is open.
  package func append(countsTo json: inout JSONWriter) {
    json.member("accepted", accepted)
    json.member("handled", handled)
    json.member("failed", failed)
    json.member("rejected", rejected)
    json.member("quarantined", quarantined)
  }
}

extension LedgerEntry: MessageCounts {}
extension ServerStatus.Route: MessageCounts {}

extension RelayGap {
  /// An object of its own.
  package func append(to json: inout JSONWriter) {
    json.beginObject()
    json.member("from", Timestamp(nanoseconds: from).description)
    json.member("to", Timestamp(nanoseconds: to).description)
    json.member("reason", reason)
    json.endObject()
  }
}
