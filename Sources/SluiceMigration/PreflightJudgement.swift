internal import SluiceChannel
package import SluiceTransports
internal import SluiceSystem

/// What the facts mean for the phase; pure.
extension PreflightFacts {
  package typealias Finding = DropPlace.Finding

  /// Less than this many bytes or files left is a problem: a message is recorded before it is
  /// handled.
  static let leastBytes: UInt64 = 32 << 20
  static let leastFiles: UInt64 = 256
  /// Ours and some to spare: the relay's watch, the run file's, the FIFO's.
  static let leastInstances = 8
  static let leastWatches = 16

  package var findings: [Finding] {
    places.flatMap(judge) + views.compactMap(judge) + drops + kernel() + waiting()
  }

  package var problems: [String] { findings.filter { $0.weight == .problem }.map(\.text) }
  package var limits: [String] { findings.filter { $0.weight == .limit }.map(\.text) }

  private func problem(_ text: String) -> Finding { Finding(weight: .problem, text: text) }
  private func limit(_ text: String) -> Finding { Finding(weight: .limit, text: text) }
  private func fact(_ text: String) -> Finding { Finding(weight: .fact, text: text) }

  private func judge(_ place: Place) -> [Finding] {
    guard let space = place.space else {
      return [
        limit(
          "\(place.path) cannot be asked for its free space")
      ]
    }
    if space.isReadOnly {
      return [
        problem(
          "the \(place.name) directory \(place.path) is on a file system that is mounted read-only: remount it, or give"
            + " the channel another path")
      ]
    }
    var found: [Finding] = []
    let wanted = max(Self.leastBytes, UInt64(messageLimit) * 4)
    if space.bytes < wanted {
      found.append(
        problem(
          "only \(space.bytes >> 20) MiB are free for \(place.path), \(wanted >> 20) MiB are wanted: make room there"))
    }
    if let files = space.files, files < Self.leastFiles {
      found.append(
        problem(
          "only \(files) files more can be made in \(place.path), \(Self.leastFiles) are wanted: make room there (df -i)"
        ))
    }
    return found
  }

  private func judge(_ view: View) -> Finding? {
    guard view.isOurs == false else { return nil }
    return problem(
      "the \(view.service) (process \(view.pid)) has another \(view.path) than this command (PrivateTmp=, or another"
        + " mount namespace): set PrivateTmp=no in its unit, or run this command where it runs")
  }

  private func kernel() -> [Finding] {
    var found: [Finding] = []
    if let inotifyInstances, inotifyInstances < Self.leastInstances {
      found.append(
        problem(
          "fs.inotify.max_user_instances is \(inotifyInstances), \(Self.leastInstances) are wanted: raise it with sysctl"
        ))
    }
    if let inotifyWatches, inotifyWatches < Self.leastWatches {
      found.append(
        problem(
          "fs.inotify.max_user_watches is \(inotifyWatches), \(Self.leastWatches) are wanted: raise it with sysctl"))
    }
    if target >= .fifo, canSplice == false {
      found.append(
        problem(
          "bytes cannot be moved from a FIFO into the spool's file system (splice(2)): give the state directory another path"
        ))
    }
    if target >= .socket, !offersPeerProcesses {
      found.append(
        needsPrograms
          ? problem(
            "the kernel does not say which process a peer is (SO_PEERPIDFD, Linux 6.5): rules that name programs would"
              + " match nobody")
          : limit(
            "the kernel does not say which process a peer is (SO_PEERPIDFD, Linux 6.5): the record names users, not programs"
          ))
    }
    if ingress == .fifo, let protectsFIFOs, protectsFIFOs > 0 {
      found.append(
        limit(
          "fs.protected_fifos is \(protectsFIFOs): in a sticky directory only its owner's FIFO can be written by other"
            + " users; our own paths are in no such directory"))
    }
    return found
  }

  /// Writers that go on only when the file has vanished: what they meet from now on.
  private func waiting() -> [Finding] {
    let who = callers.isEmpty ? "" : "; seen now: \(callers.joined(separator: ", "))"
    switch (ingress, consume) {
    case (.fifo, _):
      return [
        limit(
          "a FIFO will stand at the legacy path all the time: a writer that waits for the file to vanish waits for ever"
            + " (legacy.ingress \"watch\" has none)\(who)")
      ]
    case (_, .linger):
      return [
        fact(
          "drops stay readable for a while before they vanish: a writer that waits for that waits so long\(who)")
      ]
    case (_, .take):
      return [
        fact(
          "drops vanish as soon as they are taken, as writers that wait for it expect\(who)")
      ]
    }
  }
}
