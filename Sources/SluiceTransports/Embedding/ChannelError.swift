/// Why a channel cannot be served or called: what failed, on which path, why, and what to do next.
public struct ChannelError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Kind: Sendable {
    /// Nobody serves the channel.
    case notRunning
    /// Somebody else holds what is needed, or the time is over.
    case busy
    /// The system or the path does not permit it; nothing was sent.
    case notPermitted
    case badMessage
    /// The channel file is not as it should be.
    case badConfiguration
    case failed
  }

  public let kind: Kind
  public let description: String

  package init(_ kind: TransportFailure.Kind, _ text: String) {
    self.kind =
      switch kind {
      case .notRunning: .notRunning
      case .busy: .busy
      case .notPermitted, .unsafePath: .notPermitted
      case .badMessage: .badMessage
      case .usage, .badConfiguration: .badConfiguration
      case .failed: .failed
      }
    description = text
  }

  package init(_ failure: TransportFailure) { self.init(failure.kind, failure.text) }
  package init(_ failure: ServiceFailure) { self.init(failure.kind, failure.description) }
}
