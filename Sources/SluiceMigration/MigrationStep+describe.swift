package import SluiceChannel

extension MigrationStep {
  /// What it changes, for plan and history.
  package func description(_ layout: ChannelLayout, hasGroup: Bool) -> String {
    switch self {
    case .object(let object):
      let mode = String(hasGroup ? object.groupMode : object.mode, radix: 8)
      return "\(object.kind.rawValue) \(object.place.path(layout)) (mode 0\(mode))"
    case .openTransport(let kind): return "the server receives through \(kind.rawValue), beside the others"
    case .closeTransport(let kind): return "the server no longer receives through \(kind.rawValue)"
    case .removeObject(let object): return "\(object.kind.rawValue) \(object.place.path(layout)), if sluice made it"
    case .relayDuty(let takes):
      return takes
        ? "the relay takes drops at \(layout.legacyInput)"
        : "the relay leaves drops at \(layout.legacyInput) to the old server"
    case .prove(let routes, let count, _), .proveBack(let routes, let count, _):
      return
        "\(count) numbered probes each through \(routes.map(\.rawValue).joined(separator: ", ")) arrive once; another user is refused"
    case .marker(let route, _): return "a marker through \(route.rawValue) arrives: all before it has arrived"
    case .cutOver(let to, let from): return "primary moves from \(from.name) to \(to.name)"
    case .preflight: return "kernel, mounts, free space, services' view and foreign objects are looked at"
    case .oldServer(let time):
      return "a probe at \(layout.legacyInput) lies there for \(TimeSpan(nanoseconds: time)): no old server takes drops"
    case .handBack(.fileDrop): return "what the server has not begun goes back to \(layout.legacyInput), in its order"
    case .handBack(let kind):
      return "what came through \(kind.rawValue) is settled, and so is what late writers left there"
    case .settle(let time): return "the ledger balances for \(TimeSpan(nanoseconds: time))"
    case .quiet(let time):
      return "nobody used \(layout.legacyInput) for \(TimeSpan(nanoseconds: time)) or longer, witnessed"
    case .barrier: return "a marker through file-drop arrives, and the relay has nothing on its way"
    case .seal: return "\(layout.legacyInput) is sealed: whoever writes there gets an error"
    case .trySeal: return ">, >>, cp and mv to \(layout.legacyInput) are tried, and refused"
    case .certify(let isFinal):
      return
        "\(layout.retirementCertificate) is \(isFinal ? "completed" : "written: from here on there is no way back")"
    case .giveUp(let kind):
      return "\(kind.rawValue) is closed for good, unless somebody used it within the quiet window"
    }
  }

  /// How it is undone, for plan.
  package var undoDescription: String {
    switch self {
    case .object: "removed, if sluice made it"
    case .openTransport: "closed again"
    case .closeTransport: "opened again"
    case .removeObject: "made again"
    case .relayDuty(let takes): takes ? "drops are left in place again" : "drops are taken again"
    case .prove, .marker, .settle, .preflight, .oldServer, .handBack, .proveBack: "nothing to undo"
    case .cutOver(.retired, _): "no way back"
    case .cutOver(_, let from): "primary moves back to \(from.name)"
    case .quiet, .barrier, .trySeal: "nothing to undo"
    case .seal: "the seal is taken away, until the certificate is written"
    case .certify, .giveUp: "no way back"
    }
  }
}
