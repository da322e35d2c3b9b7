package import SluiceCommandLine
internal import SluiceStore
internal import SluiceTransports

/// What a command ends with when it did not do what was asked: an exit code and a sentence.
package struct CommandFailure: Error, Sendable {
  package let code: ExitCode
  package let text: String

  package init(_ code: ExitCode, _ text: String) {
    self.code = code
    self.text = text
  }
}

extension CommandFailure {
  init(_ failure: StoreFailure) {
    self.init(
      failure.isNotPermitted ? .notPermitted : failure.isBusy ? .tryLater : .failed, failure.description)
  }
  init(_ failure: TransportFailure) { self.init(Self.code(of: failure.kind), failure.text) }
  init(_ failure: ServiceFailure) { self.init(Self.code(of: failure.kind), failure.description) }

  private static func code(of kind: TransportFailure.Kind) -> ExitCode {
    switch kind {
    case .notRunning: .serviceNotRunning
    case .busy: .tryLater
    case .notPermitted, .unsafePath: .notPermitted
    case .badMessage: .badMessage
    case .badConfiguration: .badConfiguration
    case .usage: .usage
    case .failed: .failed
    }
  }
}
