/// A bound that a peer can run into, by the name under which records and `status` show it.
package enum Limit: String, Sendable, CaseIterable {
  case connections
  /// Connections of users whom policy lets call nothing.
  case strangers
  /// Bytes that are kept for peers: messages that have not ended, replies that are not read.
  case bytes
  /// Calls that wait for their handler.
  case calls
  case rate
  /// Bytes that are no message.
  case junk
  /// A connection that never said anything.
  case firstByte = "first-byte"
  /// A message that began and did not end.
  case unfinished
  case idle
  /// Replies that nobody reads.
  case stalled
  /// Open files of the process or of the system.
  case descriptors
}

/// One refusal or one end because of a limit.
package struct LimitHit: Sendable {
  package let limit: Limit
  /// nil where it is nobody's doing.
  package let uid: UInt32?
  /// What happened, for the log.
  package let text: String

  package init(_ limit: Limit, uid: UInt32?, _ text: String) {
    self.limit = limit
    self.uid = uid
    self.text = text
  }
}
