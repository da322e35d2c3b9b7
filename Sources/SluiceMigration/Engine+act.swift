internal import SluiceChannel
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports

extension Engine {
  /// Makes a step so; the result is a line for the history.
  func act(_ step: MigrationStep, _ run: Int64, _ state: State) throws(MigrationFailure) -> String {
    switch step {
    case .object(let object): return try make(object, run, state)
    case .openTransport(let kind):
      try ask(.open(kind))
      return "open"
    case .closeTransport(let kind):
      try close(kind, state)
      return "closed"
    case .removeObject(let object): return try remove(object, state)
    case .relayDuty(let takes): return try setRelay(takes: takes)
    case .prove(let routes, let count, let latency): return try prove(routes, count, latency)
    case .marker(let route, let latency): return try mark(route, latency)
    case .cutOver(let to, _):
      try move(to: to, state)
      return "primary is \(to.name)"
    case .settle(let time): return try settle(time)
    case .preflight(let manifest): return try preflight(manifest)
    case .oldServer(let time): return try lookForOldServer(time, run, state)
    case .handBack(let kind): return try handBack(kind, state)
    case .proveBack(let routes, let count, let latency): return try proveBack(routes, count, latency)
    case .quiet, .barrier, .seal, .trySeal, .certify, .giveUp: return try actRetiring(step, run, state)
    }
  }

  /// Takes a step back; one that is not so, or not any more, is left as it is.
  func undo(_ step: MigrationStep, _ run: Int64, _ state: State) throws(MigrationFailure) {
    switch step {
    case .object(let object): try unmake(object, run, state)
    case .openTransport(let kind): try close(kind, state)
    case .closeTransport(let kind): try ask(.open(kind))
    case .removeObject(let object): _ = try make(object, run, state)
    case .relayDuty(let takes):
      // A relay that is not there learns its duty when it comes, and hands in then what it has claimed.
      if observer.server()?.isRelayConnected == false {
        try ask(.relay(holding: takes))
      } else {
        _ = try setRelay(takes: !takes)
      }
    case .cutOver(_, let from): try move(to: from, state)
    case .prove, .marker, .settle, .preflight, .oldServer, .handBack, .proveBack: break
    case .quiet, .barrier, .seal, .trySeal, .certify, .giveUp: try undoRetiring(step, state)
    }
  }

  private func move(to phase: Phase, _ state: State) throws(MigrationFailure) {
    let generation: Int64
    do throws(StoreFailure) {
      if try state.phase() != phase.rawValue { try state.move(toPhase: phase.rawValue) }
      generation = try state.generation()
    } catch { throw MigrationFailure(error) }
    StopPoint.engineMoved.pass()
    try ask(.phase(phase, generation: generation))
  }

  /// Closes a transport. Its files go with it where all of them are ours; the server takes what is in them before.
  private func close(_ kind: TransportKind, _ state: State) throws(MigrationFailure) {
    let paths: [String] =
      switch kind {
      case .fileDrop, .socket: []
      case .runFile: [layout.lockFile, layout.runFile]
      case .fifo: [layout.fifo]
      }
    var removes = true
    do throws(StoreFailure) {
      for path in paths where try !state.madeObject(path) { removes = false }
    } catch { throw MigrationFailure(error) }
    try ask(.close(kind, removingObjects: removes))
    if kind == .socket { removeSocketLock() }
    guard removes else { return }
    // A thread of the server's takes the last lines and removes the file after the answer.
    let deadline = Clock.monotonic + 2_000_000_000
    while paths.contains(where: isThere), Clock.monotonic < deadline { Wait.pause(nanoseconds: 2_000_000) }
  }

  /// The lock beside the socket's node, which the listener leaves: gone as well, unless somebody has it.
  private func removeSocketLock() {
    guard let directory = try? Directory.open(layout.runtimeDirectory) else { return }
    let name = ".\(layout.names.socket).lock"
    guard let file = try? directory.open(name, .readWrite), (try? file.tryLockExclusive()) == true,
      let held = try? file.status().identity, (try? directory.status(of: name))??.identity == held
    else { return }
    try? directory.unlink(name)
  }

  /// What cannot be looked at may be there.
  func isThere(_ path: String) -> Bool {
    let (parent, name) = Self.split(path)
    do throws(Errno) { return try Directory.open(parent).status(of: name) != nil } catch { return error != .noSuchFile }
  }

  // MARK: Relay

  func setRelay(takes: Bool) throws(MigrationFailure) -> String {
    guard let server = observer.server(), server.isRelayConnected else {
      throw MigrationFailure(
        .notRunning, "no relay is connected; start it with: sluice relay --channel \(channel.name)")
    }
    try ask(.relay(holding: !takes))
    if !takes { return try holdDrops() }
    try wait(seconds: 10, for: "the relay to take drops") { server in
      server.isRelayConnected && !server.isRelayHolding
    }
    return "takes"
  }

  /// Waits until the server's status satisfies `test`.
  func wait(seconds: Int64, for what: String, _ test: (ServerStatus) -> Bool) throws(MigrationFailure) {
    let deadline = Clock.monotonic + seconds * 1_000_000_000
    while Clock.monotonic < deadline {
      if let server = observer.server(), test(server) { return }
      report(.waiting(nanoseconds: max(0, deadline - Clock.monotonic)))
      Wait.pause(nanoseconds: 10_000_000)
    }
    throw MigrationFailure(.gate, "waited \(seconds) s for \(what); see what it is doing with: sluice status")
  }
}
