/// The id of a JSON-RPC request (JSON-RPC 2.0 section 4), with its type: "7" is not 7.
package enum RequestID: Hashable, Sendable {
  /// No id: a notification, or a dialect that has none.
  case absent
  case integer(Int64)
  case unsigned(UInt64)
  case string(String)
}
