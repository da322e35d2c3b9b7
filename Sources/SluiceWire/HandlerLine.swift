/// What the one line of a shell handler was found to be.
package struct HandlerLine: Equatable, Sendable {
  /// It carries version and id of its own.
  package let isJSONRPC: Bool
  package let isError: Bool
  /// The error, where it is a bare string as the old servers print it.
  package let errorText: String?
}
