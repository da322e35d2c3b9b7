package import SluiceChannel

/// What becomes of an interrupted run when the next command comes. Pure: what is on disk is asked step by step
/// afterwards, and nothing but what is found there decides what is left to do.
package enum Recovery: Equatable, Sendable {
  /// Go on from where it stopped, since that leads where it was asked to.
  case goOn
  /// Take it back, for this reason, which is recorded first.
  case takeBack(String)
  /// It was being taken back already, for this reason.
  case finishTakingBack(String)
  /// Neither, and what to do.
  case refuse(String)
  /// It has passed the point of no return, and what is asked for lies before that.
  case noWayBack(String)

  /// - Parameters:
  ///   - target: the phase that is asked for.
  ///   - difference: how the run's manifest differs now from what it meant when the run began; nil where it does not.
  package static func decide(
    _ run: InterruptedRun, _ verb: MigrationRequest.Verb, target: Phase, difference: String? = nil
  ) -> Recovery {
    if let reason = run.undoing { return .finishTakingBack(reason) }
    // No run but retire's own goes there, and there is no way back once its certificate is written.
    if run.target == .retired {
      if verb == .retire { return .goOn }
      return run.isBeyondReturn
        ? .noWayBack("\(run.description); finish it with: sluice retire, there is no other way")
        : .takeBack(reason(verb))
    }
    let leadsThere = run.isUp ? target >= run.target : target <= run.target
    guard leadsThere else { return .takeBack(reason(verb)) }
    if let difference, run.isUp {
      return .refuse(
        "\(run.description), and \(run.manifest) has changed since it began: \(difference); put it back, or take the run"
          + " back with: sluice rollback --to \(run.source.name)")
    }
    return .goOn
  }

  private static func reason(_ verb: MigrationRequest.Verb) -> String {
    verb == .expiry ? "not confirmed" : "\(verb.rawValue) was asked"
  }

  /// What is done with it, for the screen and after the run's own description.
  package var text: String {
    switch self {
    case .goOn: "going on"
    case .takeBack(let reason): "taking it back, because \(reason)"
    case .finishTakingBack(let reason): "it was being taken back because \(reason): finishing that"
    case .refuse(let why), .noWayBack(let why): why
    }
  }
}
