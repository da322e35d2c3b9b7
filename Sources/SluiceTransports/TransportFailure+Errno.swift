package import SluiceSystem

extension TransportFailure {
  /// A failed call on a path, in a sentence.
  package init(_ error: Errno, doing: String, path: String, advice: String? = nil) {
    let kind: Kind =
      switch error {
      case .permissionDenied, .notPermitted: .notPermitted
      case .connectionRefused, .noSuchDeviceOrAddress: .notRunning
      case .wouldBlock, .timedOut, .busy: .busy
      default: .failed
      }
    self.init(kind, "cannot \(doing) \(path): \(error)" + (advice.map { "; \($0)" } ?? ""))
  }

  package init(_ unsafe: UnsafePath) {
    let kind: Kind =
      switch unsafe.reason {
      case .missing: .notRunning
      case .system(.permissionDenied), .system(.notPermitted): .notPermitted
      default: .unsafePath
      }
    self.init(kind, unsafe.description)
  }
}
