/// What a client may ask of the socket transport itself, as the first line of a connection, and its answer.
///
/// Where rules ask for programs, a server reads from a peer only when it has looked the peer's program up, and what was
/// sent before that does not count as the program's. A client that has the answer knows that all it sends from here on
/// counts. The line is no message: it is neither recorded nor handed to anybody.
package enum ConnectionWords {
  package static let ready = Array(#"{"sluice":{"control":"ready"}}"#.utf8)

  package static func isReady(_ line: RawSpan) -> Bool {
    guard line.byteCount == ready.count else { return false }
    return unsafe line.withUnsafeBytes { unsafe $0.elementsEqual(ready) }
  }
}
