package import SluiceChannel
internal import SluiceServer
internal import SluiceStore
package import SluiceSystem

/// Runs whose process was killed, or whose way back failed.
extension Engine {
  /// What was interrupted; nil where nothing was.
  package func interrupted() throws(MigrationFailure) -> InterruptedRun? {
    guard let state = try stored({ () throws(StoreFailure) in try observer.state() }) else { return nil }
    return try InterruptedRun.read(state)
  }

  /// The run that has not ended, and the process that is at it; nil where there is none.
  package func openRun() throws(MigrationFailure) -> (run: InterruptedRun, holder: LockHolder?)? {
    guard let found = try interrupted() else { return nil }
    if let holder = MigrationLock.holder(layout) { return (found, holder) }
    // It may have ended between the two looks.
    return try interrupted() == found ? (found, nil) : nil
  }

  /// Of whoever wants to run something meanwhile.
  package var lockRefusal: MigrationFailure { MigrationLock.refusal(layout) }

  /// What the next command would do about it.
  package func recovery(
    of run: InterruptedRun, _ verb: MigrationRequest.Verb, target: Phase
  ) -> Recovery {
    let current = manifests.manifests.first { $0.id == run.manifest }
    return Recovery.decide(
      run, verb, target: target, difference: current.flatMap { Manifest.difference(run.meaning, $0.meaning) })
  }

  /// Goes on with the interrupted run, or takes it back, whichever leads to what is asked. Under the lock.
  func settle(_ target: Phase, _ verb: MigrationRequest.Verb, _ state: State) throws(MigrationFailure) {
    try settleDrafts(state)
    guard let run = try InterruptedRun.read(state) else { return }
    let decision = recovery(of: run, verb, target: target)
    if case .refuse(let why) = decision { throw MigrationFailure(.badManifest, why) }
    if case .noWayBack(let why) = decision { throw MigrationFailure(.noWayBack, why) }
    report(.note("\(run.description): \(decision.text)"))
    guard let manifest = Manifest(meaning: run.meaning) else {
      throw MigrationFailure(
        .badManifest, "\(run.description); what is recorded of \(run.manifest) is no manifest of this version")
    }
    let phase = try planned(manifest, isUp: run.isUp)
    // Whether they are this version's steps, before anything is done.
    _ = try steps(of: run.number, phase, state)
    switch decision {
    case .goOn: try go(phase, run.number, state)
    case .takeBack(let reason), .finishTakingBack(let reason):
      do throws(MigrationFailure) { try takeBack(phase, run.number, reason, state) } catch {
        throw MigrationFailure(
          error.kind,
          "\(run.description) and could not be taken back: \(error.description); then give the same command again"
        )
      }
      report(.done("run \(run.number) rolled back"))
    case .refuse, .noWayBack: break
    }
  }

  /// Undoes the steps of a run that were begun, last first. Each looks first, so that it does not matter how often.
  func takeBack(
    _ phase: PlannedPhase, _ run: Int64, _ reason: String, _ state: State
  ) throws(MigrationFailure) {
    try stored { () throws(StoreFailure) in try state.beginUndo(ofRun: run, reason: reason) }
    StopPoint.engineUndoBegun.pass()
    try settleDrafts(state)
    let begun = try steps(of: run, phase, state).filter { $0.result != Self.wasSo }
    for recorded in begun.reversed() {
      try undo(phase.steps[Int(recorded.position)].step, run, state)
      StopPoint.engineUndone.pass()
    }
    if !phase.isUp { try restore(phase, run, state) }
    try checkUndone(begun.map { phase.steps[Int($0.position)].step })
    try stored { () throws(StoreFailure) in
      try state.endRun(run, result: "rolled back", detail: reason, at: Clock.realtime)
    }
    StopPoint.engineUndoEnded.pass()
  }

  /// A server that was started again after the primary had moved opened only what the lower phase has, and a reboot took
  /// the objects: what is gone back to is made so again, whichever steps were begun.
  private func restore(_ phase: PlannedPhase, _ run: Int64, _ state: State) throws(MigrationFailure) {
    let seen = try observer.observe(phase.manifest.objects)
    for object in phase.manifest.objects
    where object.kind != .socket && MigrationStep.object(object).probe(seen, layout) == .absent {
      _ = try make(object, run, state)
    }
    for kind in phase.manifest.to.openTransports where seen.server?.transports.contains(kind) == false {
      try ask(.open(kind))
    }
  }

  /// Looks whether it is as before.
  private func checkUndone(_ steps: [MigrationStep]) throws(MigrationFailure) {
    let seen = try observer.observe([])
    guard seen.server != nil else {
      throw MigrationFailure(
        .notRunning, "the server went away; start it with: sluice serve --channel \(channel.name), and run this again")
    }
    for step in steps {
      switch step {
      case .openTransport, .closeTransport, .cutOver:
        guard step.probe(seen, layout) == .present else { continue }
        throw MigrationFailure(.failed, "after it was undone it is still so: \(step.verb)")
      default: continue
      }
    }
  }

  /// What is recorded of a run, each step the one that the manifest has at its place.
  private func steps(of run: Int64, _ phase: PlannedPhase, _ state: State) throws(MigrationFailure) -> [RunStep] {
    let recorded = try stored { () throws(StoreFailure) in try state.steps(ofRun: run) }
    for step in recorded {
      guard let position = Int(exactly: step.position), phase.steps.indices.contains(position),
        phase.steps[position].step.verb == step.verb
      else {
        throw MigrationFailure(
          .failed,
          "step \(step.position + 1) of run \(run) (\(step.verb)) is none of this version's; finish it with the version"
            + " that began it")
      }
    }
    return recorded
  }
}
