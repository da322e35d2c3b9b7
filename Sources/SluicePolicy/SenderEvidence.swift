/// Whether the process that connected has itself sent a message.
package enum SenderEvidence: Sendable, Equatable {
  case same
  /// Another process sent it over a descriptor that it inherited or was given.
  case other(pid: Int32?)
  case unknown(reason: String)
}
