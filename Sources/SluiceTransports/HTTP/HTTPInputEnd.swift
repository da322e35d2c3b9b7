internal import SluiceReactor
internal import SluiceSystem

/// Calls its body when the peer of a connection over HTTP sends no more: the bytes themselves are the library's.
final class HTTPInputEnd: ReadinessHandler {
  private let body: () -> Void

  init(_ body: @escaping () -> Void) { self.body = body }

  func ready(_ readiness: Readiness) { body() }
}
