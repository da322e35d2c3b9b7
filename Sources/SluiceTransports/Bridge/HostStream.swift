internal import SluiceReactor
internal import SluiceSystem

/// One of the bridge's own standard streams: a pipe, a socket, a terminal or a file.
///
/// It is not made non-blocking, since others may hold the same open file: it is read when it is ready, and written in
/// pieces that a pipe or socket that is ready takes whole (pipe(7): PIPE_BUF).
final class HostStream: ReadinessHandler {
  static let piece = 4096

  private let descriptor: OwnedDescriptor
  private let reactor: Reactor
  private var registration: Reactor.Registration?
  private var interest = Readiness(rawValue: 0)
  /// epoll(7) does not take files: they are always ready.
  private var isAlwaysReady = false
  private var isAsked = false
  private let body: (Readiness) -> Void

  init(_ descriptor: consuming OwnedDescriptor, _ reactor: Reactor, _ body: @escaping (Readiness) -> Void) throws(Errno)
  {
    self.descriptor = descriptor
    self.reactor = reactor
    self.body = body
    do throws(Errno) { registration = try reactor.register(self.descriptor, for: interest, handler: self) } catch {
      guard error == .notPermitted else { throw error }
      isAlwaysReady = true
    }
  }

  func ready(_ readiness: Readiness) { body(readiness) }

  /// Calls back when it is ready so.
  func want(_ wanted: Readiness) {
    if isAlwaysReady {
      guard wanted.rawValue != 0, !isAsked else { return }
      isAsked = true
      reactor.schedule(after: 0) { [weak self] in
        self?.isAsked = false
        self?.body(wanted)
      }
      return
    }
    guard wanted != interest, let registration else { return }
    try? reactor.update(registration, for: wanted)
    interest = wanted
  }

  /// Nothing more is told of it.
  func close() {
    if let registration { reactor.remove(registration) }
    registration = nil
    isAlwaysReady = false
  }

  /// Once, when it is ready: 0 at its end.
  func read(into buffer: ReadBuffer) throws(Errno) -> Int? { try buffer.fill(from: descriptor) }

  /// Once, when it is ready.
  func write(_ bytes: [UInt8], from start: Int) throws(Errno) -> Int? {
    guard bytes.count - start > Self.piece else { return try descriptor.write(bytes, from: start) }
    return try descriptor.write(Array(bytes[start..<start + Self.piece]), from: 0)
  }
}
