internal import SluiceReactor
internal import SluiceSystem
internal import SluiceWire

/// The connection to the server.
final class ServerLink: ReadinessHandler {
  private let descriptor: OwnedDescriptor
  private let reactor: Reactor
  private var registration: Reactor.Registration?
  private var interest = Readiness(rawValue: 0)
  private let body: (Readiness) -> Void
  var framer: LineFramer
  private(set) var isFinished = false

  init(
    _ descriptor: consuming OwnedDescriptor, _ reactor: Reactor, lineLimit: Int, _ body: @escaping (Readiness) -> Void
  ) throws(Errno) {
    self.descriptor = descriptor
    self.reactor = reactor
    self.body = body
    framer = LineFramer(limit: lineLimit)
    registration = try reactor.register(self.descriptor, for: interest, handler: self)
  }

  func ready(_ readiness: Readiness) { body(readiness) }

  func want(_ wanted: Readiness) {
    guard wanted != interest, let registration else { return }
    try? reactor.update(registration, for: wanted)
    interest = wanted
  }

  func close() {
    if let registration { reactor.remove(registration) }
    registration = nil
  }

  /// Once: 0 at its end, nil where nothing is there.
  func read(into buffer: ReadBuffer) throws(Errno) -> Int? { try buffer.fill(from: descriptor) }
  func send(_ bytes: [UInt8], from start: Int) throws(Errno) -> Int? { try descriptor.send(bytes, from: start) }

  /// The server reads the end of the stream; its answers can still come.
  func finishWriting() {
    guard !isFinished else { return }
    isFinished = true
    try? descriptor.finishWriting()
  }
}
