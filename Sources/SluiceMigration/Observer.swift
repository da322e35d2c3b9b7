package import SluiceChannel
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem
package import SluiceTransports

/// Looks at the world. It has nothing to write with: the database is opened for reading, paths are only looked at.
package struct Observer: Sendable {
  package let layout: ChannelLayout
  package let identity: ChannelIdentity
  package let socketMode: UInt32

  package init(layout: ChannelLayout, identity: ChannelIdentity, socketMode: UInt32) {
    self.layout = layout
    self.identity = identity
    self.socketMode = socketMode
  }

  package func observe(_ objects: [Manifest.Object]) throws(MigrationFailure) -> Observation {
    var found: [String: Observation.Found] = [:]
    for object in objects { found[object.place.path(layout)] = look(object.place.path(layout)) }
    var phase = Phase.fileDrop
    var generation: Int64 = 0
    var made: Set<String> = []
    var isSealed = false
    var givenUp: Set<TransportKind> = []
    var altered: Set<String> = []
    do throws(StoreFailure) {
      if let state = try state() {
        phase = Phase(rawValue: try state.phase()) ?? .fileDrop
        generation = try state.generation()
        isSealed = try state.madeObject(layout.legacyInput)
        givenUp = Set(try state.givenUp().compactMap { TransportKind(rawValue: $0) })
        for path in found.keys where try state.madeObject(path) { made.insert(path) }
        for path in found.keys where try state.foundObject(path) != nil { altered.insert(path) }
      }
    } catch { throw MigrationFailure(error) }
    var seen = Observation(
      phase: phase, generation: generation, server: server(), objects: found, made: made, user: identity.user,
      group: identity.group, socketMode: socketMode)
    seen.seal = Seal(path: layout.legacyInput, channel: "", socket: layout.socket).look(isOurs: isSealed)
    seen.givenUp = givenUp
    seen.altered = altered
    return seen
  }

  /// The channel's state, for reading; nil before there is any.
  func state() throws(StoreFailure) -> State? {
    try State.reading(path: layout.database)
  }

  func server() -> ServerStatus? {
    let trust = ServerTrust(user: identity.user, group: identity.group)
    do throws(TransportFailure) {
      return try ControlClient(layout: layout, trust: trust, patience: 2_000_000_000).status()
    } catch {
      return nil
    }
  }

  private func look(_ path: String) -> Observation.Found {
    guard let slash = path.lastIndex(of: "/") else { return .absent }
    do throws(Errno) {
      let parent = try Directory.open(slash == path.startIndex ? "/" : String(path[..<slash]))
      guard let status = try parent.status(of: String(path[path.index(after: slash)...])) else { return .absent }
      return .present(
        kind: status.kind.rawValue, mode: status.mode, uid: status.uid, gid: status.gid, links: status.links)
    } catch { return error == .noSuchFile ? .absent : .unreadable("\(error)") }
  }
}
