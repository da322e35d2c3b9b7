/// The names of the entries of a channel's runtime directory, for calls relative to its descriptor (openat(2)).
package struct RuntimeNames: Hashable, Sendable {
  /// The lock that run-file writers and the server take.
  package let lockFile: String
  /// The file to which run-file writers append.
  package let runFile: String
  package let fifo: String
  package let socket: String
  /// Where the server puts claimed run files.
  package let claimedDirectory = "claimed"
  /// Reply FIFOs of one-way clients.
  package let repliesDirectory = "replies"
  /// Where a running server takes orders.
  package let controlSocket = "control.sock"
  /// Where the relay hands over what it claimed.
  package let relaySocket = "relay.sock"
  /// The live audit stream.
  package let auditSocket = "audit.sock"
  /// `KEY=value` lines that say which transport is primary.
  package let endpoint = "endpoint"

  package init(stem: FileStem) {
    lockFile = "\(stem).lock"
    runFile = "\(stem)_in.json"
    fifo = "\(stem).fifo"
    socket = "\(stem).sock"
  }
}
