internal import SluiceReactor
internal import SluiceSystem

extension ChildProcess {
  var hasInput: Bool {
    switch input {
    case .some: true
    case .none: false
    }
  }

  /// Watches its input for room; nil where that is closed.
  func registerInput(with reactor: Reactor, handler: any ReadinessHandler) throws(Errno) -> Reactor.Registration? {
    switch input {
    case .some(let descriptor): try reactor.register(descriptor, for: .write, handler: handler)
    case .none: nil
    }
  }
}
