package import SluiceChannel

/// What somebody asks of the engine: to go to a phase, with the verb that was used.
package struct MigrationRequest: Equatable, Sendable {
  package enum Verb: String, Sendable {
    case apply, rollback, retire
    /// Nobody confirmed a trial in time.
    case expiry = "trial"
  }
  package var verb: Verb
  /// nil for the neighbouring phase, or for the end of what was interrupted.
  package var target: Phase?
  /// Nanoseconds after which an apply is rolled back unless it was confirmed; nil where it is to stay.
  package var trial: Int64?

  package init(_ verb: Verb, to target: Phase? = nil, trial: Int64? = nil) {
    self.trial = trial
    self.verb = verb
    self.target = target
  }

  /// Where it leads. Without a phase it is the next one in its direction; after an interruption it is the end of the
  /// interrupted run in that direction, so that the same command, given again, never goes further than it was to.
  package func target(from current: Phase, after interrupted: InterruptedRun?) -> Phase {
    if let target { return target }
    if let interrupted {
      return verb == .apply || verb == .retire
        ? max(interrupted.source, interrupted.target) : min(interrupted.source, interrupted.target)
    }
    switch verb {
    case .apply: return Phase(rawValue: min(current.rawValue + 1, Phase.socket.rawValue)) ?? current
    case .rollback, .expiry: return Phase(rawValue: max(current.rawValue - 1, 0)) ?? current
    case .retire: return .retired
    }
  }

  /// How what is asked stands to where the channel is.
  package enum Aim: Equatable, Sendable { case here, there, otherWay }

  /// After an interruption the channel is between two phases: both are ways to go, and neither is nothing to do.
  package func aim(from current: Phase, after interrupted: InterruptedRun?) -> Aim {
    let target = target(from: current, after: interrupted)
    if let interrupted {
      let isUp = verb == .apply || verb == .retire
      let bounds = [interrupted.source, interrupted.target]
      return isUp
        ? target > (bounds.min() ?? current) ? .there : .otherWay
        : target < (bounds.max() ?? current) ? .there : .otherWay
    }
    if target == current { return .here }
    return (target > current) == (verb == .apply || verb == .retire) ? .there : .otherWay
  }
}
