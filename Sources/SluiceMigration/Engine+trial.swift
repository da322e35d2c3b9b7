package import SluiceChannel
internal import SluiceStore
internal import SluiceSystem

/// An apply on trial: rolled back, by the server if nobody else does, unless it is confirmed in time.
extension Engine {
  /// Nothing is applied on top of a trial; an apply that was interrupted in the middle of one is gone on with.
  func checkTrial(
    _ verb: MigrationRequest.Verb, _ target: Phase, isInterrupted: Bool, _ state: State
  ) throws(MigrationFailure) {
    guard verb == .apply || verb == .retire, let trial = try stored({ () throws(StoreFailure) in try state.trial() })
    else { return }
    if isInterrupted, target.rawValue <= trial.target, trial.timeLeft(boot: Clock.boot, at: Clock.sinceBoot) > 0 {
      return
    }
    throw MigrationFailure(
      .gate,
      "what was applied last is on trial: keep it with: sluice confirm, or take it back with: sluice rollback --to"
        + " \(Phase(rawValue: trial.source)?.name ?? "\(trial.source)")")
  }

  func beginTrial(_ length: Int64, to target: Phase, _ state: State) throws(MigrationFailure) {
    try stored { () throws(StoreFailure) in
      try state.beginTrial(
        Trial(
          number: 0, source: state.phase(), target: target.rawValue, boot: Clock.boot,
          deadline: Clock.sinceBoot.saturated(adding: length), wallDeadline: Clock.realtime.saturated(adding: length),
          length: length, uid: Int64(Process.effectiveUser), lastRunBefore: 0))
    }
    StopPoint.engineTrialBegun.pass()
  }

  /// After a run, whether it went well or not: where nothing of what was tried is left, the trial is over; where an apply
  /// has ended, its time begins.
  func settleTrial(_ verb: MigrationRequest.Verb, _ state: State) throws(MigrationFailure) {
    try stored { () throws(StoreFailure) in
      guard let trial = try state.trial() else { return }
      if try state.phase() <= trial.source, try state.interruptedMove() == nil {
        let reason = verb == .expiry ? "not confirmed" : verb == .rollback ? "rollback was asked" : "apply failed"
        try state.endTrial(trial, result: reason, undone: reason)
      } else if verb == .apply {
        try state.restartTrial(
          trial.number, deadline: Clock.sinceBoot.saturated(adding: trial.length),
          wallDeadline: Clock.realtime.saturated(adding: trial.length))
      }
    }
    StopPoint.engineTrialSettled.pass()
  }

  /// Keeps what is on trial.
  package func confirm() throws(MigrationFailure) -> Phase {
    guard try stored({ () throws(StoreFailure) in try observer.state() }) != nil else {
      throw MigrationFailure(.gate, "no trial waits to be confirmed: nothing was applied yet")
    }
    let lock = try MigrationLock.take(layout, identity, verb: "confirm")
    defer { lock.release() }
    let state = try stored { () throws(StoreFailure) in try State(path: layout.database, power: true) }
    guard let trial = try stored({ () throws(StoreFailure) in try state.trial() }) else {
      let last = try stored { () throws(StoreFailure) in try state.lastTrialResult() }
      let text =
        last.map {
          $0 == Self.confirmed ? "; the last one is confirmed already" : "; the last one was rolled back: \($0)"
        }
        ?? ""
      throw MigrationFailure(.gate, "no trial waits to be confirmed\(text)")
    }
    if let run = try InterruptedRun.read(state) {
      throw MigrationFailure(
        .gate, "\(run.description); finish it first, with: sluice \(run.verb) --to \(run.target.name)")
    }
    guard trial.timeLeft(boot: Clock.boot, at: Clock.sinceBoot) > 0 else {
      throw MigrationFailure(.gate, "the trial's time is over: the server rolls it back; see: sluice status")
    }
    try stored { () throws(StoreFailure) in try state.endTrial(trial, result: Self.confirmed) }
    return try currentPhase()
  }

  static let confirmed = "confirmed"
}

extension Int64 {
  fileprivate func saturated(adding other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
