package import SluiceChannel
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports

extension Engine {
  /// Goes to a phase, step by step. A step that fails takes back what this phase's run did.
  package func run(to target: Phase, verb: String) throws(MigrationFailure) {
    let server = try runningServer()
    let lock = try MigrationLock.take(layout, identity, verb: verb)
    defer { lock.release() }
    let state: State
    do throws(StoreFailure) { state = try State(path: layout.database, power: true) } catch {
      throw MigrationFailure(error)
    }
    guard server.channel == channel.name.rawValue else {
      throw MigrationFailure(.failed, "the server on \(layout.controlSocket) serves \(server.channel)")
    }
    // A kill between the database and the server's word leaves the two apart: the database decides.
    let recorded = try observer.observe([])
    if server.phase != recorded.phase.rawValue {
      try ask(.phase(recorded.phase, generation: recorded.generation))
    }
    for phase in try plan(to: target) { try run(phase, verb, state) }
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

  private func run(_ phase: PlannedPhase, _ verb: String, _ state: State) throws(MigrationFailure) {
    report(.phase(phase.manifest, isUp: phase.isUp))
    let source = phase.isUp ? phase.manifest.from : phase.manifest.to
    let number: Int64
    do throws(StoreFailure) {
      number = try state.beginRun(
        verb: verb, from: source.rawValue, to: phase.target.rawValue, uid: Int64(Process.effectiveUser),
        at: Clock.realtime)
    } catch { throw MigrationFailure(error) }
    var acted: [MigrationStep] = []
    do throws(MigrationFailure) {
      for (index, planned) in phase.steps.enumerated() {
        report(.began(index + 1, of: phase.steps.count, "\(planned.step.verb): \(planned.description)"))
        if try take(planned, index, number, phase, state) {
          acted.append(planned.step)
        }
      }
      try finish(phase, number, state)
    } catch {
      if acted.contains(where: \.isBeyondReturn) || isBeyondReturn(state) {
        throw MigrationFailure(
          error.kind, "\(error.description); the legacy path is sealed, and there is no way back: finish with sluice retire")
      }
      report(.rollingBack(error.description))
      let undone = undo(acted, phase, state)
      let text = undone ?? "rolled back"
      try? state.endRun(
        number, result: undone == nil ? "rolled back" : "failed", detail: error.description, at: Clock.realtime)
      throw MigrationFailure(error.kind, "\(error.description); \(text)")
    }
  }

  /// Takes one step: true where it acted.
  private func take(
    _ planned: PlannedStep, _ index: Int, _ run: Int64, _ phase: PlannedPhase, _ state: State
  ) throws(MigrationFailure) -> Bool {
    let step = planned.step
    let before = step.probe(try observer.observe(phase.manifest.objects), layout)
    func intend() throws(MigrationFailure) {
      do throws(StoreFailure) {
        try state.intend(
          run: run, position: index, verb: step.verb, description: planned.description, at: Clock.realtime)
      } catch { throw MigrationFailure(error) }
    }
    func observe(_ result: String) throws(MigrationFailure) {
      do throws(StoreFailure) { try state.observe(run: run, position: index, result: result, at: Clock.realtime) } catch
      {
        throw MigrationFailure(error)
      }
    }
    switch before {
    case .present:
      try intend()
      try observe("was so")
      report(.skipped)
      return false
    case .foreign(let what):
      throw MigrationFailure(
        .drift, "\(what); move it away and run this again, or give the channel another path in its channel file")
    case .absent, .partial:
      try intend()
      let result = try act(step, run, state)
      let after = step.probe(try observer.observe(phase.manifest.objects), layout)
      guard step.isProof || after == .present else {
        throw MigrationFailure(.failed, "after \(step.verb) it is still not so: \(planned.description)")
      }
      try observe(result)
      report(.done(result))
      return true
    }
  }

  private func finish(_ phase: PlannedPhase, _ run: Int64, _ state: State) throws(MigrationFailure) {
    do throws(StoreFailure) {
      if phase.isUp {
        try state.keepApplied(phase.manifest.id, meaning: phase.manifest.meaning, at: Clock.realtime)
      } else {
        try state.forgetApplied(phase.manifest.id)
      }
      try state.endRun(run, result: "done", detail: nil, at: Clock.realtime)
    } catch { throw MigrationFailure(error) }
  }

  /// Takes steps back, last first; returns what could not be undone.
  private func undo(_ steps: [MigrationStep], _ phase: PlannedPhase, _ state: State) -> String? {
    var left: [String] = []
    for step in steps.reversed() {
      do throws(MigrationFailure) { try undo(step, state) } catch { left.append(error.description) }
    }
    return left.isEmpty ? nil : "not undone: " + left.joined(separator: "; ") + "; run the same command again"
  }

  @discardableResult
  func ask(_ request: ControlRequest) throws(MigrationFailure) -> [UInt8] {
    do throws(TransportFailure) { return try control.ask(request) } catch { throw MigrationFailure(error) }
  }

  /// What the database says no to is a failure of the run.
  func stored<Result>(_ body: () throws(StoreFailure) -> Result) throws(MigrationFailure) -> Result {
    do throws(StoreFailure) { return try body() } catch { throw MigrationFailure(error) }
  }
}
