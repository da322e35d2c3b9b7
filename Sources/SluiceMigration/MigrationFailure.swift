package import SluiceStore
internal import SluiceTransports

/// Why a run of the engine stopped, in a sentence that says what to do next.
package struct MigrationFailure: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Kind: Sendable {
    case badManifest
    /// A proof or a precondition does not hold.
    case gate
    /// Something foreign stands where ours belongs, or ours was changed.
    case drift
    case locked
    case notRunning
    case notPermitted
    /// Something may be otherwise in a moment.
    case busy
    /// What is asked for is not to be had any more, whatever is done.
    case noWayBack
    case failed
  }
  package let kind: Kind
  package let description: String

  package init(_ kind: Kind, _ text: String) {
    self.kind = kind
    description = text
  }
}

extension MigrationFailure {
  init(_ failure: TransportFailure) {
    let kind: Kind =
      switch failure.kind {
      case .notRunning: .notRunning
      case .notPermitted, .unsafePath: .notPermitted
      case .busy: .busy
      case .badMessage, .badConfiguration, .usage, .failed: .failed
      }
    self.init(kind, failure.text)
  }
  package init(_ failure: StoreFailure) {
    self.init(failure.isNotPermitted ? .notPermitted : failure.isBusy ? .busy : .failed, failure.description)
  }
}
