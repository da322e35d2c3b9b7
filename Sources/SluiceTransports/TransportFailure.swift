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
    /// The words of the command are wrong.
    case usage
    /// The channel file is not as it should be.
    case badConfiguration
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
