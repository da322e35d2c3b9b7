package import SluiceChannel

extension Manifest.Object {
  /// Everything in which what stands at the object's place differs from what is declared; empty where nothing does.
  /// Each comes with what puts it right. Pure.
  package func drift(_ seen: Observation, _ layout: ChannelLayout) -> [String] {
    let path = place.path(layout)
    switch seen.objects[path] ?? .absent {
    case .absent: return ["absent; a \(kind.rawValue) is declared"]
    case .unreadable(let why): return ["cannot be looked at: \(why)"]
    case .present(let found, let mode, let uid, let gid, let links):
      var drift: [String] = []
      let expected = kind.fileKind
      if found != expected {
        return ["kind is \(found), declared is \(expected); move it away: nothing of sluice's removes it"]
      }
      if kind != .directory, links > 1 {
        return ["it has \(links) names (hard links), so it may be a file of another place; move it away"]
      }
      if uid != seen.user { drift.append("owner is uid \(uid), declared is \(seen.user): chown \(seen.user) \(path)") }
      if let group = seen.group, gid != group {
        drift.append("group is gid \(gid), declared is \(group): chgrp \(group) \(path)")
      }
      let wanted = kind == .socket ? seen.socketMode : seen.group == nil ? self.mode : groupMode
      if mode != wanted {
        let text = "0\(String(wanted, radix: 8))"
        drift.append("mode is 0\(String(mode, radix: 8)), declared is \(text): chmod \(text) \(path)")
      }
      return drift
    }
  }
}

extension Manifest.Object.Kind {
  /// In the words of `FileStatus.Kind`.
  var fileKind: String {
    switch self {
    case .directory: "directory"
    case .lockFile, .runFile: "regular file"
    case .fifo: "FIFO"
    case .socket: "socket"
    }
  }
}
