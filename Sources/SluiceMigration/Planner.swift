package import SluiceChannel

/// Derives steps from manifests. Pure.
package enum Planner {
  /// One phase up.
  package static func steps(up manifest: Manifest) -> [MigrationStep] {
    if manifest.to == .retired { return steps(retiring: manifest) }
    let opened = manifest.to.primaryTransport
    var steps: [MigrationStep] = [.preflight(manifest)]
    steps += manifest.objects.filter { $0.kind != .socket }.map { .object($0) }
    steps.append(.openTransport(opened))
    let old = manifest.from.primaryTransport
    if manifest.from == .fileDrop {
      // The new route is proven before the legacy path is touched.
      steps.append(.prove([opened], canaries: manifest.gates.canaries, latency: manifest.gates.latency))
      if let time = manifest.gates.oldServer { steps.append(.oldServer(nanoseconds: time)) }
      steps.append(.relayDuty(takes: true))
      steps.append(.prove([.fileDrop], canaries: manifest.gates.canaries, latency: manifest.gates.latency))
    } else {
      let routes = [.fileDrop] + manifest.to.openTransports
      steps.append(.prove(routes, canaries: manifest.gates.canaries, latency: manifest.gates.latency))
    }
    steps.append(.marker(old, latency: manifest.gates.latency))
    steps.append(.cutOver(to: manifest.to, from: manifest.from))
    steps.append(.settle(nanoseconds: manifest.gates.settle))
    return steps
  }

  /// One phase down: the same objects, the other way round.
  package static func steps(down manifest: Manifest) -> [MigrationStep] {
    var steps: [MigrationStep] = []
    let leaving = manifest.to.primaryTransport
    if manifest.from == .fileDrop {
      steps.append(.relayDuty(takes: false))
      // First, since what is new at the legacy path comes after it.
      steps.append(.handBack(.fileDrop))
    } else {
      steps.append(
        .proveBack(manifest.from.openTransports, canaries: manifest.gates.canaries, latency: manifest.gates.latency))
    }
    steps.append(.cutOver(to: manifest.from, from: manifest.to))
    // No marker: a handler that hangs must not keep the channel from going back.
    steps.append(.closeTransport(leaving))
    steps.append(.handBack(leaving))
    steps += manifest.objects.reversed().filter { $0.kind != .socket }.map { .removeObject($0) }
    steps.append(.settle(nanoseconds: manifest.gates.settle))
    return steps
  }
}

/// A step with what probing it found.
package struct PlannedStep: Equatable, Sendable {
  package let step: MigrationStep
  package let probe: ProbeResult
  package let description: String
  package let undo: String

  package var isNeeded: Bool { probe != .present }
}

/// The steps of one phase.
package struct PlannedPhase: Equatable, Sendable {
  package let manifest: Manifest
  package let isUp: Bool
  package let steps: [PlannedStep]
  package var target: Phase { isUp ? manifest.to : manifest.from }
}
