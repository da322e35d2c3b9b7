package import SluiceChannel
internal import SluiceServer

extension MigrationStep {
  /// Compares the step with what was seen. Pure: the same observation gives the same answer.
  package func probe(_ seen: Observation, _ layout: ChannelLayout) -> ProbeResult {
    if let retiring = probeRetiring(seen) { return retiring }
    switch self {
    case .object(let object): return Self.probe(object, seen, layout)
    case .openTransport(let kind):
      guard let server = seen.server else { return .absent }
      return server.transports.contains(kind) ? .present : .absent
    case .closeTransport(let kind):
      guard let server = seen.server else { return .absent }
      return server.transports.contains(kind) ? .absent : .present
    case .removeObject(let object):
      let path = object.place.path(layout)
      // What somebody else made is not ours to remove: the step is done by leaving it. What is gone is still on our
      // list, and another's object may stand there next time.
      return seen.made.contains(path) || seen.altered.contains(path) ? .absent : .present
    case .relayDuty(let takes):
      guard let server = seen.server, server.isRelayConnected else { return .absent }
      return server.isRelayHolding != takes ? .present : .absent
    case .cutOver(let to, _):
      guard seen.phase == to, let server = seen.server, server.phase == to.rawValue else { return .absent }
      return seen.missingTransports(of: to).isEmpty ? .present : .partial("the server lacks some of its transports")
    // Proofs hold for the moment only: they are made every time.
    case .prove, .marker, .settle, .preflight, .oldServer, .handBack, .proveBack: return .absent
    case .quiet, .barrier, .seal, .trySeal, .certify, .giveUp: return .absent
    }
  }

  private static func probe(_ object: Manifest.Object, _ seen: Observation, _ layout: ChannelLayout) -> ProbeResult {
    let path = object.place.path(layout)
    switch seen.objects[path] ?? .absent {
    case .absent: return .absent
    case .unreadable(let why): return .foreign("\(path) cannot be looked at: \(why)")
    case .present(let kind, let mode, let uid, let gid, let links):
      if let reason = ObjectFitness.refusal(
        kind: kind, mode: mode, uid: uid, links: links, object.kind, user: seen.user)
      {
        return .foreign("\(path) \(reason)")
      }
      let wanted =
        object.kind == .socket ? seen.socketMode : seen.group == nil ? object.mode : object.groupMode
      if mode != wanted {
        return .partial("mode is 0\(String(mode, radix: 8)), declared is 0\(String(wanted, radix: 8))")
      }
      if let group = seen.group, gid != group { return .partial("group is \(gid), declared is \(group)") }
      return .present
    }
  }
}
