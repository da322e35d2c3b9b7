internal import SluiceChannel

extension Planner {
  /// The step, from 1, from whose intent on a retirement can only be finished.
  static let retirementIsFinalAt = 7

  /// The last phase: the legacy path is sealed. Nothing before the certificate is final, and nothing after it goes back.
  package static func steps(retiring manifest: Manifest) -> [MigrationStep] {
    [
      .prove([.socket], canaries: manifest.gates.canaries, latency: manifest.gates.latency),
      .quiet(nanoseconds: manifest.gates.quiet),
      .barrier(latency: manifest.gates.latency),
      .relayDuty(takes: false),
      .seal,
      .trySeal,
      .certify(isFinal: false),
      .cutOver(to: manifest.to, from: manifest.from),
      .giveUp(.runFile),
      .giveUp(.fifo),
      .settle(nanoseconds: manifest.gates.settle),
      .certify(isFinal: true),
    ]
  }
}
