internal import SluicePolicy
internal import SluiceWire

extension Refusal {
  /// The refusal of a call that policy denies for want of evidence: what may count when it is sent again says so.
  static func denied(_ reason: String, for evidence: ProcessEvidence) -> Refusal {
    evidence == .early ? .sentEarly : .denied(reason)
  }
}
