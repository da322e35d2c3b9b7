package import SluiceChannel
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports

extension Engine {
  /// Settles what was interrupted, then goes where it was asked to, phase by phase and step by step. A step that fails
  /// takes back what its phase's run did.
  /// - Returns: the phase at which the channel is now.
  @discardableResult
  package func run(_ request: MigrationRequest) throws(MigrationFailure) -> Phase {
    let server = try runningServer()
    let lock = try MigrationLock.take(layout, identity, verb: request.verb.rawValue)
    defer { lock.release() }
    let state: State
    do throws(StoreFailure) { state = try State(path: layout.database, power: true) } catch {
      throw MigrationFailure(error)
    }
    guard server.channel == channel.name.rawValue else {
      throw MigrationFailure(
        .failed,
        "the server on \(layout.controlSocket) serves the channel \(server.channel), not \(channel.name); give each channel a"
          + " runtime directory of its own in its channel file")
    }
    // A kill between the database and the server's word leaves the two apart: the database decides.
    let recorded = try observer.observe([])
    if server.phase != recorded.phase.rawValue {
      try ask(.phase(recorded.phase, generation: recorded.generation))
    }
    let interrupted = try InterruptedRun.read(state)
    let target = request.target(from: recorded.phase, after: interrupted)
    try checkTrial(request.verb, target, isInterrupted: interrupted != nil, state)
    try settle(target, request.verb, state)
    let phases = try plan(to: target)
    if let length = request.trial, !phases.isEmpty { try beginTrial(length, to: target, state) }
    do throws(MigrationFailure) {
      for phase in phases { try begin(phase, request.verb, state) }
    } catch {
      try? settleTrial(request.verb, state)
      throw error
    }
    try settleTrial(request.verb, state)
    if phases.isEmpty, target == .fileDrop { try goOnHandingBack() }
    return try currentPhase()
  }

  /// The server's word; without one, whether nobody is there or whether we may not ask.
  private func runningServer() throws(MigrationFailure) -> ServerStatus {
    do throws(TransportFailure) { return try control.status() } catch {
      guard error.kind == .notRunning else { throw MigrationFailure(error) }
      throw MigrationFailure(
        .notRunning,
        "no server answers on \(layout.controlSocket); start it with: sluice serve --channel \(channel.name)")
    }
  }

  private func begin(
    _ phase: PlannedPhase, _ verb: MigrationRequest.Verb, _ state: State
  ) throws(MigrationFailure) {
    let source = phase.isUp ? phase.manifest.from : phase.manifest.to
    let number: Int64
    do throws(StoreFailure) {
      number = try state.beginMove(
        verb: verb == .expiry ? "rollback" : verb.rawValue, from: source.rawValue, to: phase.target.rawValue,
        manifest: phase.manifest.id, meaning: phase.manifest.meaning, uid: Int64(Process.effectiveUser),
        at: Clock.realtime)
    } catch { throw MigrationFailure(error) }
    StopPoint.engineBegun.pass()
    try go(phase, number, state)
  }

  /// Takes the steps of a run, from its beginning or anew after an interruption: each is looked at first.
  func go(_ phase: PlannedPhase, _ run: Int64, _ state: State) throws(MigrationFailure) {
    report(.phase(phase.manifest, isUp: phase.isUp))
    do throws(MigrationFailure) {
      var served = observer.server()?.pid
      for (index, planned) in phase.steps.enumerated() {
        if case .cutOver = planned.step { served = try stand(phase, since: served) }
        report(.began(index + 1, of: phase.steps.count, "\(planned.step.verb): \(planned.description)"))
        try take(planned, index, run, phase, state)
      }
      _ = try stand(phase, since: served)
      try stored { () throws(StoreFailure) in
        try state.finishMove(
          run, manifest: phase.manifest.id, applied: phase.isUp ? phase.manifest.meaning : nil, at: Clock.realtime)
      }
      StopPoint.engineEnded.pass()
    } catch {
      if isBeyondReturn(state) {
        throw MigrationFailure(
          error.kind,
          "\(error.description); the legacy path is sealed, and there is no way back: finish with sluice retire")
      }
      report(.rollingBack(error.description))
      let reason = error
      do throws(MigrationFailure) { try takeBack(phase, run, reason.description, state) } catch {
        throw MigrationFailure(
          reason.kind,
          "\(reason.description); it could not all be taken back: \(error.description); the next command goes on with that,"
            + " such as: sluice rollback --to \((phase.isUp ? phase.manifest.from : phase.manifest.to).name)")
      }
      throw MigrationFailure(error.kind, "\(error.description); rolled back")
    }
  }

  /// Takes one step, unless it is so already.
  private func take(
    _ planned: PlannedStep, _ index: Int, _ run: Int64, _ phase: PlannedPhase, _ state: State
  ) throws(MigrationFailure) {
    let step = planned.step
    switch step.probe(try seen(phase), layout) {
    case .present:
      try stored { () throws(StoreFailure) in
        try state.skip(
          run: run, position: index, verb: step.verb, description: planned.description, result: Self.wasSo,
          at: Clock.realtime)
      }
      StopPoint.engineObserved.pass()
      report(.skipped)
    case .foreign(let what):
      throw MigrationFailure(
        .drift, "\(what); move it away and run this again, or give the channel another path in its channel file")
    case .absent, .partial:
      try stored { () throws(StoreFailure) in
        try state.intend(
          run: run, position: index, verb: step.verb, description: planned.description, at: Clock.realtime)
      }
      StopPoint.engineIntended.pass()
      report(.intended)
      let result = try act(step, run, state)
      StopPoint.engineActed.pass()
      if !step.isProof, !result.hasPrefix(Self.left), step.probe(try seen(phase), layout) != .present {
        throw MigrationFailure(.failed, "after \(step.verb) it is still not so: \(planned.description)")
      }
      try stored { () throws(StoreFailure) in
        try state.observe(run: run, position: index, result: result, at: Clock.realtime)
      }
      StopPoint.engineObserved.pass()
      report(.done(result))
    }
  }

  /// What the database says no to is a failure of the run.
  func stored<Result>(_ body: () throws(StoreFailure) -> Result) throws(MigrationFailure) -> Result {
    do throws(StoreFailure) { return try body() } catch { throw MigrationFailure(error) }
  }

  static let wasSo = "was so"

  private func seen(_ phase: PlannedPhase) throws(MigrationFailure) -> Observation {
    try observer.observe(phase.manifest.objects)
  }

  @discardableResult
  func ask(_ request: ControlRequest) throws(MigrationFailure) -> [UInt8] {
    do throws(TransportFailure) { return try control.ask(request) } catch { throw MigrationFailure(error) }
  }
}
