internal import SluiceChannel

extension MigrationStep {
  /// Steps of retiring; nil for all others.
  func probeRetiring(_ seen: Observation) -> ProbeResult? {
    let isSealed: Bool
    switch seen.seal {
    case .standing: isSealed = true
    case .partial, .absent, .drop, .foreign: isSealed = false
    }
    switch self {
    // Nobody can come through a sealed path: what was so before it was sealed is asked no more.
    case .quiet, .barrier: return isSealed || seen.phase == .retired || seen.seal == .partial ? .present : .absent
    // What stands in its way the relay is asked to take first.
    case .seal: return isSealed ? .present : seen.seal == .partial ? .partial("not fixed yet") : .absent
    case .trySeal, .certify: return .absent
    case .giveUp(let kind): return seen.givenUp.contains(kind) ? .present : .absent
    default: return nil
    }
  }
}
