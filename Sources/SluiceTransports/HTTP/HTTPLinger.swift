internal import SluiceReactor
internal import SluiceSystem

/// The end of a connection whose peer may still be sending: closing a socket with unread bytes resets it (unix(7)), and
/// the peer would fail to send before it has read why. What comes is thrown away, for a while and up to a bound.
final class HTTPLinger: ReadinessHandler {
  /// Nanoseconds.
  private static let patience: Int64 = 2_000_000_000
  private static let mostBytes = 64 << 20
  private static let readsATurn = 8

  private let connection: SocketConnection
  private let done: () -> Void
  private var registration: Reactor.Registration?
  private var timer: TimerQueue.Ticket?
  private var count = 0

  /// Calls `done` once, later.
  init(_ connection: SocketConnection, done: @escaping () -> Void) throws(Errno) {
    self.connection = connection
    self.done = done
    let reactor = connection.listener.reactor
    registration = try reactor.register(connection.descriptor, for: .read, handler: self)
    timer = reactor.schedule(after: Self.patience) { [self] in
      timer = nil
      end()
    }
  }

  func ready(_ readiness: Readiness) {
    let buffer = connection.listener.readBuffer
    for _ in 0..<Self.readsATurn {
      do throws(Errno) {
        guard let read = try buffer.fill(from: connection.descriptor, atMost: buffer.capacity) else { return }
        count += read
        if read == 0 || count > Self.mostBytes { return end() }
      } catch { return end() }
    }
  }

  private func end() {
    guard let registration else { return }
    let reactor = connection.listener.reactor
    reactor.remove(registration)
    self.registration = nil
    if let timer { reactor.cancel(timer) }
    timer = nil
    done()
  }
}
