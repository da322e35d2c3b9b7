package import SluicePolicy

/// A conversation that can tell who sent the message that is being received (SCM_CREDENTIALS of unix(7)).
package protocol SenderAttesting: AnyObject {
  /// Asked only where a rule needs it.
  func senderEvidence() -> SenderEvidence
}
