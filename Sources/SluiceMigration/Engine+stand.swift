internal import SluiceChannel
internal import SluiceServer
internal import SluiceSystem

/// A server that was started again in the middle of a run: it opened what the recorded phase has, and what was proven was
/// proven of another process.
extension Engine {
  /// How often a server may be started again while the way up is proven anew.
  private static let mostRestarts = 3

  /// Makes sure, on the way up, that the process that serves now has open what the phase declares, and proves it anew where
  /// it is another process than before.
  /// - Parameter pid: the process of which everything so far is known.
  /// - Returns: the process of which it is known now.
  func stand(_ phase: PlannedPhase, since pid: Int64?) throws(MigrationFailure) -> Int64? {
    let target = phase.target
    guard phase.isUp, target != .retired else { return pid }
    var known = pid
    for _ in 0..<Self.mostRestarts {
      let seen = try observer.observe([])
      guard let server = seen.server else {
        throw MigrationFailure(
          .notRunning, "the server went away; start it with: sluice serve --channel \(channel.name), and run this again"
        )
      }
      let missing = seen.missingTransports(of: target)
      if server.pid == known, missing.isEmpty { return known }
      known = server.pid
      report(.note("the server was started again meanwhile (process \(server.pid)): proven again"))
      for kind in missing { try ask(.open(kind)) }
      try wait(seconds: 10, for: "the relay to connect to the server that was started") { $0.isRelayConnected }
      if observer.server()?.isRelayHolding == true { _ = try setRelay(takes: true) }
      let gates = phase.manifest.gates
      let routes = [.fileDrop] + target.openTransports.filter { !seen.givenUp.contains($0) }
      report(.done(try prove(routes, gates.canaries, gates.latency)))
    }
    throw MigrationFailure(.gate, "the server was started again \(Self.mostRestarts) times while it was proven")
  }
}
