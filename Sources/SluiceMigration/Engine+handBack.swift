internal import SluiceChannel
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports

/// What waits when a route is given up: settled where it is, or given back to the route before.
extension Engine {
  /// Seconds in which a relay hands in what it holds, as it always does.
  private static let handIn: Int64 = 10
  /// Nanoseconds without any progress after which nothing more is waited for, and at most.
  private static let standstill: Int64 = 5_000_000_000
  private static let longest: Int64 = 60_000_000_000

  func handBack(_ kind: TransportKind, _ state: State) throws(MigrationFailure) -> String {
    switch kind {
    case .fileDrop: return try giveBackDrops()
    case .runFile, .fifo, .socket: return try settleClosed(kind, state)
    }
  }

  /// Proves the routes that are gone back to. A probe behind messages whose handler hangs says nothing against the route,
  /// and what hangs must not keep the channel where it is.
  func proveBack(_ routes: [TransportKind], _ count: Int, _ latency: Int64) throws(MigrationFailure) -> String {
    let before = observer.server()?.inFlight ?? 0
    do throws(MigrationFailure) { return try prove(routes, count, latency) } catch {
      guard error.kind == .gate, before > 0, let now = observer.server()?.inFlight, now > 0 else { throw error }
      return "not proven, since \(now) messages wait for their handler: \(error.description)"
    }
  }

  /// The relay leaves drops where they are from here on, and gets time to hand in what it has.
  func holdDrops() throws(MigrationFailure) -> String {
    try wait(seconds: 10, for: "the relay to leave drops where they are") { $0.isRelayConnected && $0.isRelayHolding }
    let left = waitWhileItGoesOn(longest: Self.handIn * 1_000_000_000) { $0.isRelayConnected ? $0.relayPending : nil }
    switch left {
    case 0: return "holds, nothing pending"
    case let left?: return "holds; \(left) messages wait, since the server does not take them"
    case nil: throw MigrationFailure(.notRunning, "the relay or the server went away; start it and run this again")
    }
  }

  /// What no handler has seen goes back to the legacy path. What is not taken there in time stays in the relay's spool,
  /// and follows on its own: nothing is lost by going on.
  private func giveBackDrops() throws(MigrationFailure) -> String {
    guard let server = observer.server(), server.isRelayConnected else {
      throw MigrationFailure(
        .notRunning, "no relay is connected; start it with: sluice relay --channel \(channel.name)")
    }
    guard server.relayPending > 0 else { return "nothing pending" }
    try ask(.giveBack)
    let left =
      waitWhileItGoesOn(longest: Self.longest) { $0.isRelayConnected ? $0.relayPending : nil } ?? server.relayPending
    guard left > 0 else { return "\(server.relayPending) given back or settled" }
    return
      "\(left) of \(server.relayPending) messages still wait in the relay's spool: each goes to \(layout.legacyInput) when"
      + " the old server has taken the one before, and what a handler has begun is settled by it; keep the relay running,"
      + " see it with 'sluice status', wait for it with 'sluice rollback --to file-drop'"
  }

  /// At the lowest phase: goes on with what an earlier rollback could not give back.
  func goOnHandingBack() throws(MigrationFailure) {
    guard let server = observer.server(), server.isRelayConnected, server.isRelayReturning, server.relayPending > 0
    else { return }
    report(.began(1, of: 1, "hand back: \(server.relayPending) messages go back to \(layout.legacyInput)"))
    report(.done(try giveBackDrops()))
  }

  /// What a closed transport took is settled, and what late writers left at its path is taken in.
  private func settleClosed(_ kind: TransportKind, _ state: State) throws(MigrationFailure) -> String {
    let isSettled = waitForClosing(kind)
    guard kind != .socket else {
      return isSettled ? "settled" : "calls go on; the server answers them"
    }
    try ask(.collect(kind, keeping: objectsFromBefore(state)))
    guard isSettled, waitForClosing(kind) else {
      return "lines wait for their handler, or writers have it open still; the server settles what they hold"
    }
    return "settled"
  }

  private func waitForClosing(_ kind: TransportKind) -> Bool {
    waitWhileItGoesOn(longest: Self.standstill * 2) { server in
      server.closing.contains(kind) ? server.inFlight + 1 : 0
    } == 0
  }

  /// Names of the run-file's objects that no run of ours made.
  private func objectsFromBefore(_ state: State) throws(MigrationFailure) -> [String] {
    try stored { () throws(StoreFailure) in
      var names: [String] = []
      for path in [layout.lockFile, layout.runFile] where try !state.madeObject(path) && isThere(path) {
        names.append(Self.split(path).name)
      }
      return names
    }
  }

  /// A file that a late writer left at the path of a closed transport; false where the server does not take it.
  func collectLate(_ object: Manifest.Object, at path: String, _ state: State) -> Bool {
    let kind: TransportKind = object.kind == .fifo ? .fifo : .runFile
    do throws(MigrationFailure) { try ask(.collect(kind, keeping: objectsFromBefore(state))) } catch { return false }
    return isTakenAway(path)
  }

  /// Removes a FIFO of ours. Whatever has not been read of it would go with it, so that the server reads it and removes it,
  /// also one that it does not have open; where it does not, only an empty one goes.
  func takePipe(from directory: borrowing Directory, _ name: String) throws(Errno) -> String {
    do throws(MigrationFailure) {
      try ask(.close(.fifo, removingObjects: true))
      if isTakenAway("\(directory.path)/\(name)") { return "removed" }
    } catch { report(.note("the server does not read \(directory.path)/\(name): \(error.description)")) }
    let unread = try directory.open(name, .readEndOfFIFO).pendingBytes()
    guard unread == 0 else { return Self.left + "it holds \(unread) bytes that nobody has read" }
    try directory.unlink(name)
    return "removed"
  }

  private func isTakenAway(_ path: String) -> Bool {
    let deadline = Clock.monotonic + Self.standstill
    while Clock.monotonic < deadline {
      guard isThere(path) else { return true }
      Wait.pause(nanoseconds: 10_000_000)
    }
    return false
  }

  /// Waits until nothing is left, as long as it becomes less.
  /// - Returns: what is left; nil where nobody can say.
  private func waitWhileItGoesOn(longest: Int64, _ left: (ServerStatus) -> Int?) -> Int? {
    let began = Clock.monotonic
    var (least, changed) = (Int.max, began)
    var last: Int?
    while true {
      last = observer.server().flatMap(left)
      if last == 0 { return 0 }
      if let last { report(.left(last)) }
      let now = Clock.monotonic
      if let last, last < least { (least, changed) = (last, now) }
      if now - changed >= min(Self.standstill, longest) && now - began >= Self.standstill || now - began >= longest {
        return last
      }
      Wait.pause(nanoseconds: 10_000_000)
    }
  }
}
