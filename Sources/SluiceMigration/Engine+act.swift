internal import SluiceChannel
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports

extension Engine {
  /// Makes a step so; the result is a line for the history.
  func act(_ step: MigrationStep, _ run: Int64, _ state: State) throws(MigrationFailure) -> String {
    if let result = try actRetiring(step, run, state) { return result }
    switch step {
    case .object(let object): return try make(object, run, state)
    case .openTransport(let kind):
      try ask(.open(kind))
      return "open"
    case .closeTransport(let kind):
      try ask(.close(kind, removingObjects: true))
      return "closed"
    case .removeObject(let object): return try remove(object, state)
    case .relayDuty(let takes): return try setRelay(takes: takes)
    case .prove(let routes, let count, let latency): return try prove(routes, count, latency)
    case .marker(let route, let latency): return try mark(route, latency)
    case .cutOver(let to, _):
      try move(to: to, state)
      return "primary is \(to.name)"
    case .settle(let time): return try settle(time)
    case .quiet, .barrier, .seal, .trySeal, .certify, .giveUp: return ""
    }
  }

  /// Takes a step back.
  func undo(_ step: MigrationStep, _ state: State) throws(MigrationFailure) {
    if try undoRetiring(step, state) { return }
    switch step {
    case .object(let object): _ = try remove(object, state)
    case .openTransport(let kind): try ask(.close(kind, removingObjects: true))
    case .closeTransport(let kind): try ask(.open(kind))
    case .relayDuty(let takes): _ = try setRelay(takes: !takes)
    case .cutOver(_, let from): try move(to: from, state)
    // The engine makes objects again when the phase is applied again.
    case .removeObject, .prove, .marker, .settle: break
    case .quiet, .barrier, .seal, .trySeal, .certify, .giveUp: break
    }
  }

  private func move(to phase: Phase, _ state: State) throws(MigrationFailure) {
    do throws(StoreFailure) {
      if try state.phase() != phase.rawValue { try state.move(toPhase: phase.rawValue) }
      let generation = try state.generation()
      try ask(phase, generation)
    } catch { throw MigrationFailure(error) }
  }

  private func ask(_ phase: Phase, _ generation: Int64) throws(StoreFailure) {
    do throws(MigrationFailure) { try ask(.phase(phase, generation: generation)) } catch {
      throw StoreFailure(
        path: layout.controlSocket, doing: "tell the server its phase", text: error.description, code: 0)
    }
  }

  // MARK: Objects

  private func make(_ object: Manifest.Object, _ run: Int64, _ state: State) throws(MigrationFailure) -> String {
    let path = object.place.path(layout)
    let mode = identity.group == nil ? object.mode : object.groupMode
    let (parent, name) = Self.split(path)
    do throws(UnsafePath) {
      if object.kind == .directory {
        let existed = observerSees(path)
        let directory = try identity.directory(path, creating: mode)
        try dress(directory.descriptor, mode, path)
        if !existed { try note(path, object, run, state) }
        return existed ? "set mode and owner" : "made"
      }
      let directory = try identity.directory(parent)
      let existed = observerSees(path)
      do throws(Errno) {
        switch object.kind {
        case .lockFile, .runFile:
          let file = try directory.open(name, .readWriteCreating(mode: mode))
          try dress(file, mode)
        case .fifo:
          if !existed { try directory.makeFIFO(name, mode: mode) }
          if let owner = identity.owner { try directory.setOwner(of: name, uid: owner.uid, gid: owner.gid) }
          try directory.setMode(of: name, mode)
        case .directory, .socket: break
        }
      } catch { throw UnsafePath(component: path, reason: .system(error)) }
      if !existed { try note(path, object, run, state) }
      return existed ? "set mode and owner" : "made"
    } catch { throw MigrationFailure(.notPermitted, error.description) }
  }

  private func observerSees(_ path: String) -> Bool {
    let (parent, name) = Self.split(path)
    guard let directory = try? Directory.open(parent), let found = try? directory.status(of: name) else { return false }
    _ = found
    return true
  }

  private func note(_ path: String, _ object: Manifest.Object, _ run: Int64, _ state: State) throws(UnsafePath) {
    do throws(StoreFailure) { try state.keepObject(path, kind: object.kind.rawValue, run: run) } catch {
      throw UnsafePath(component: path, reason: .system(.io))
    }
  }

  private func dress(_ file: borrowing OwnedDescriptor, _ mode: UInt32) throws(Errno) {
    if let owner = identity.owner { try file.setOwner(uid: owner.uid, gid: owner.gid) }
    try file.setMode(mode)
  }
  private func dress(_ file: borrowing OwnedDescriptor, _ mode: UInt32, _ path: String) throws(UnsafePath) {
    do throws(Errno) { try dress(file, mode) } catch { throw UnsafePath(component: path, reason: .system(error)) }
  }

  private func remove(_ object: Manifest.Object, _ state: State) throws(MigrationFailure) -> String {
    let path = object.place.path(layout)
    let (parent, name) = Self.split(path)
    do throws(StoreFailure) {
      guard try state.madeObject(path) else { return "not ours: left" }
      do throws(Errno) {
        let directory = try Directory.open(parent)
        guard let found = try directory.status(of: name) else {
          try? state.forgetObject(path)
          return "gone"
        }
        if found.kind == .directory {
          try directory.removeDirectory(name)
        } else if found.kind == .regular, found.size > 0, object.kind == .runFile {
          return "left: it holds a message that came after the transport was closed"
        } else {
          try directory.unlink(name)
        }
      } catch {
        // ENOTEMPTY (39): somebody keeps things in it.
        if error.rawValue == 39 { return "left: it is not empty" }
        if error != .noSuchFile { throw StoreFailure(path: path, doing: "remove it", text: "\(error)", code: 0) }
      }
      try state.forgetObject(path)
      return "removed"
    } catch { throw MigrationFailure(error) }
  }

  static func split(_ path: String) -> (parent: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("/", path) }
    return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...]))
  }

  // MARK: Relay

  private func setRelay(takes: Bool) throws(MigrationFailure) -> String {
    guard let server = observer.server(), server.isRelayConnected else {
      throw MigrationFailure(
        .notRunning, "no relay is connected; start it with: sluice relay --channel \(channel.name)")
    }
    try ask(.relay(holding: !takes))
    try wait(seconds: 10, for: "the relay to \(takes ? "take drops" : "hand in what it holds")") { server in
      server.isRelayConnected && server.isRelayHolding != takes && (takes || server.relayPending == 0)
    }
    return takes ? "takes" : "holds, nothing pending"
  }

  /// Waits until the server's status satisfies `test`.
  func wait(seconds: Int64, for what: String, _ test: (ServerStatus) -> Bool) throws(MigrationFailure) {
    let deadline = Clock.monotonic + seconds * 1_000_000_000
    while Clock.monotonic < deadline {
      if let server = observer.server(), test(server) { return }
      Wait.pause(nanoseconds: 10_000_000)
    }
    throw MigrationFailure(.gate, "waited \(seconds) s for \(what)")
  }
}
