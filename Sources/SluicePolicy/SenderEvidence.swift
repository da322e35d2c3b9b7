/// Whether the process that connected has itself sent a message.
package enum SenderEvidence: Sendable, Equatable {
  case same
  /// Another process sent it over a descriptor that it inherited or was given.
  case other(pid: Int32?)
  case unknown(reason: String)

  /// No process is left to ask about.
  static let whyAbsent = "the message was left in a file or a FIFO"
  package static let absent = SenderEvidence.unknown(reason: whyAbsent)
}
