/// Why a transport could not be opened or used: what failed, on which path, why, and what to do next.
package struct TransportFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// What kind of answer the edge gives.
  package enum Kind: Sendable {
    /// Nobody serves there.
    case notRunning
    /// Somebody else holds what is needed, or the deadline passed.
    case busy
    case notPermitted
    /// The path cannot be trusted, or something foreign is in the way.
    case unsafePath
    case badMessage
    case failed
  }
  package let kind: Kind
  package let text: String

  package init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }

  package var description: String { text }
}
