internal import SluicePolicy
internal import SluiceReactor
internal import SluiceChannel
internal import SluiceSystem
internal import SluiceWire

/// Messages that were left for us, on a handler that wants conversations: those of one sender on one route are one, which
/// ends after a time without messages.
///
/// Of a route one is handled at a time, as the old servers worked.
final class DropConversations {
  private static let idle: Int64 = 10_000_000_000

  private struct Key: Hashable {
    let route: TransportKind
    let uid: UInt32?
    let gid: UInt32?
    let attestation: Principal.Attestation
    let isShared: Bool
  }

  private struct Entry {
    let stream: BackendStream
    var timer: TimerQueue.Ticket?
  }

  var open: (HandlerCall) throws(Refusal) -> BackendStream = { _ throws(Refusal) in throw .draining }
  private let reactor: Reactor
  private var waiting: [(HandlerCall, (HandlerResult) -> Void)] = []
  private var busyRoutes: Set<TransportKind> = []
  private var entries: [Key: Entry] = [:]

  init(_ reactor: Reactor) { self.reactor = reactor }

  func take(_ call: HandlerCall, _ completion: @escaping (HandlerResult) -> Void) {
    waiting.append((call, completion))
    next()
  }

  /// Forgets what waits: nobody has seen it. Its sessions end.
  func release() -> [String] {
    let ids = waiting.compactMap { $0.0.id }
    waiting = []
    for (key, entry) in entries where !busyRoutes.contains(key.route) { entry.stream.peerClosed() }
    return ids
  }

  func release(_ ids: Set<String>) -> [String] {
    let found = waiting.compactMap { $0.0.id }.filter(ids.contains)
    waiting.removeAll { $0.0.id.map(ids.contains) ?? false }
    return found
  }

  func ended(_ stream: BackendStream) {
    for (key, entry) in entries where entry.stream === stream {
      if let timer = entry.timer { reactor.cancel(timer) }
      entries[key] = nil
    }
  }

  private func next() {
    while let place = waiting.firstIndex(where: { !busyRoutes.contains($0.0.route) }) {
      let (call, completion) = waiting.remove(at: place)
      busyRoutes.insert(call.route)
      guard let prepare = call.prepare else {
        start(call, completion)
        continue
      }
      prepare { [self] in start(call, completion) }
    }
  }

  private func start(_ call: HandlerCall, _ completion: @escaping (HandlerResult) -> Void) {
    StopPoint.intended.pass()
    let principal = call.principal
    let key = Key(
      route: call.route, uid: principal.uid, gid: principal.gid, attestation: principal.attestation,
      isShared: principal.isShared)
    let stream: BackendStream
    do throws(Refusal) { stream = try current(key, call) } catch {
      busyRoutes.remove(call.route)
      completion(.refused(error))
      return next()
    }
    stream.take(call) { [weak self] result in
      self?.finished(key, call.route, result)
      completion(result)
      self?.next()
    }
    StopPoint.handlerStarted.pass()
  }

  private func current(_ key: Key, _ call: HandlerCall) throws(Refusal) -> BackendStream {
    if let entry = entries[key], !entry.stream.hasEnded {
      if let timer = entry.timer { reactor.cancel(timer) }
      entries[key]?.timer = nil
      return entry.stream
    }
    let stream = try open(call)
    entries[key] = Entry(stream: stream)
    return stream
  }

  private func finished(_ key: Key, _ route: TransportKind, _ result: HandlerResult) {
    busyRoutes.remove(route)
    guard let stream = entries[key]?.stream else { return }
    // A late answer must not be taken for that to the next message, which may have the same id.
    if case .refused = result {
      entries[key] = nil
      return stream.peerClosed()
    }
    entries[key]?.timer = reactor.schedule(after: Self.idle) { [weak self] in
      self?.entries[key] = nil
      stream.peerClosed()
    }
  }
}
