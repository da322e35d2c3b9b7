/// A way into a channel.
package enum TransportKind: String, CaseIterable, Sendable, CustomStringConvertible {
  /// World-writable legacy paths; the relay's business.
  case fileDrop = "file-drop"
  /// A locked file in the runtime directory.
  case runFile = "run-file"
  case fifo
  case socket

  package var description: String { rawValue }
}
