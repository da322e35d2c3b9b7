internal import SluiceWire

/// The bytes to and from one server that answers on a stream.
protocol BackendLink: AnyObject {
  /// Whom it tells; kept until `ended`.
  var events: (any BackendEvents)? { get set }
  /// Begins to read, once `events` is set.
  func listen()
  /// Sends one line, without its newline; what cannot go at once waits here.
  func send(_ line: [UInt8])
  /// Whether what waits is little enough for more.
  var takesMore: Bool { get }
  /// Stops and goes on reading what the server prints.
  func pause()
  func resume()
  /// Says something about it to the log, bounded in rate.
  func complain(_ text: String)
  /// Nobody wants anything of it any more: orderly first, then not.
  func end()
}

protocol BackendEvents: AnyObject {
  func arrived(_ bytes: RawSpan)
  /// `takesMore` is true again.
  func tookMore()
  /// It can answer nothing any more. Once.
  func ended(_ reason: String)
}

/// Makes the links of a handler.
protocol BackendMaker: AnyObject {
  func link(for call: HandlerCall) throws(Refusal) -> any BackendLink
  /// Whether no process is left.
  var isIdle: Bool { get }
  /// Nothing is begun ahead of need any more.
  func drain()
  /// Ends what is left.
  func stop()
}
