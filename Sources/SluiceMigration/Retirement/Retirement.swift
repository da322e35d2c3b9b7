package import SluiceChannel
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports

/// How far a channel has come in retiring its legacy path.
package enum RetirementStage: Equatable, Sendable {
  /// Not in phase socket yet.
  case early(Phase)
  /// Nothing was sealed.
  case ready
  /// Sealing has begun: it was confirmed, and is to be finished.
  case begun
  case retired(Seal.Standing)
}

extension Engine {
  package func retirementStage() throws(MigrationFailure) -> RetirementStage {
    let seen = try observer.observe([])
    if seen.phase == .retired { return .retired(seen.seal) }
    if seen.phase < .socket { return .early(seen.phase) }
    do throws(StoreFailure) {
      return try observer.state()?.madeObject(layout.legacyInput) == true ? .begun : .ready
    } catch { throw MigrationFailure(error) }
  }

  /// A run that was killed may have left the relay holding back: then nobody watches.
  package func prepareRetirement() throws(MigrationFailure) {
    guard let server = observer.server() else {
      throw MigrationFailure(
        .notRunning,
        "no server answers on \(layout.controlSocket); start it with: sluice serve --channel \(channel.name)")
    }
    let isOnTrial = try stored { () throws(StoreFailure) in try observer.state()?.trial() != nil }
    guard !isOnTrial else {
      throw MigrationFailure(.gate, "the phase is on trial, and may be rolled back yet; first: sluice confirm")
    }
    guard server.isRelayConnected, server.isRelayHolding else { return }
    let lock = try MigrationLock.take(layout, identity, verb: "retire")
    defer { lock.release() }
    try resumeTaking()
  }

  func resumeTaking() throws(MigrationFailure) {
    guard let server = observer.server(), server.isRelayConnected, server.isRelayHolding else { return }
    try ask(.relay(holding: false))
    try wait(seconds: 10, for: "the relay to take drops") { $0.isRelayConnected && !$0.isRelayHolding }
  }

  /// Writes down what was confirmed, so that a later process can finish what this one begins.
  package func record(confirmed order: RetirementOrder) throws(MigrationFailure) {
    let lock = try MigrationLock.take(layout, identity, verb: "retire")
    defer { lock.release() }
    retirement = order
    // First the record, with the uid that the kernel says: no waiver is in force that the log does not have.
    for waiver in order.waivers { try ask(.waive(caller: waiver.caller, reason: waiver.reason)) }
    do throws(StoreFailure) {
      let state = try State(path: layout.database, power: true)
      let now = Clock.realtime
      for waiver in order.waivers {
        try state.keep(
          waiver: Waiver(caller: waiver.caller, reason: waiver.reason, uid: Int64(Process.effectiveUser), at: now))
      }
      try state.setFact(Self.weakSealFact, order.acceptsWeakSeal ? 1 : 0)
    } catch { throw MigrationFailure(error) }
  }

  /// Seals a retired path again, such as after a restart of the system that took /tmp with it.
  /// - Returns: what was done, in words.
  package func sealAgain() throws(MigrationFailure) -> String {
    let lock = try MigrationLock.take(layout, identity, verb: "retire")
    defer { lock.release() }
    let state = try stored { () throws(StoreFailure) in try State(path: layout.database, power: true) }
    let run = try beginRetired(state)
    do throws(MigrationFailure) {
      let kind = try written(.seal, 0, run, state) { () throws(MigrationFailure) in
        "\(try place(run, state, isWatched: false).rawValue) at \(layout.legacyInput)"
      }
      let trials = try written(.trySeal, 1, run, state) { () throws(MigrationFailure) in
        try actRetiring(.trySeal, run, state)
      }
      try stored { () throws(StoreFailure) in
        try state.endRun(run, result: "done", detail: nil, at: Clock.realtime)
      }
      return "\(kind); \(trials)"
    } catch {
      try? state.endRun(run, result: "failed", detail: error.description, at: Clock.realtime)
      throw error
    }
  }

  private func beginRetired(_ state: State) throws(MigrationFailure) -> Int64 {
    try stored { () throws(StoreFailure) in
      try state.beginRun(
        verb: "retire", from: Phase.retired.rawValue, to: Phase.retired.rawValue, uid: Int64(Process.effectiveUser),
        at: Clock.realtime)
    }
  }

  /// A step of a run outside the phases, with its intent and its result.
  private func written(
    _ step: MigrationStep, _ position: Int, _ run: Int64, _ state: State,
    _ body: () throws(MigrationFailure) -> String
  ) throws(MigrationFailure) -> String {
    let text = step.description(layout, hasGroup: identity.group != nil)
    try stored { () throws(StoreFailure) in
      try state.intend(run: run, position: position, verb: step.verb, description: text, at: Clock.realtime)
    }
    let result = try body()
    try stored { () throws(StoreFailure) in
      try state.observe(run: run, position: position, result: result, at: Clock.realtime)
    }
    return result
  }

  /// The certificate's bytes; nil where there is none.
  package func certificate() throws(MigrationFailure) -> [UInt8]? {
    do throws(Errno) {
      return try Directory.open(layout.stateDirectory).contents(of: Self.certificateName, limit: 16 << 20)
    } catch {
      if error == .noSuchFile { return nil }
      throw MigrationFailure(
        error == .permissionDenied ? .notPermitted : .failed, "cannot read \(layout.retirementCertificate): \(error)")
    }
  }

  /// What makes the seal again when the system starts (tmpfiles.d(5)); none for a socket's node, which it cannot make.
  package func bootLines(_ kind: Seal.Kind) -> [String] {
    guard kind == .immutable else { return [] }
    let path = layout.legacyInput
    return ["f \(path) 0444 root root - \(seal.line)", "h \(path) - - - - +i", "x \(path)"]
  }

  /// What is wrong with the seal of a retired channel, for those who start; nil where nothing is.
  package static func missingSeal(_ layout: ChannelLayout, _ phase: Phase, isOurs: Bool) -> String? {
    guard phase == .retired else { return nil }
    switch Seal(path: layout.legacyInput, channel: "", socket: layout.socket).look(isOurs: isOurs) {
    case .standing: return nil
    case .absent:
      return "the seal at \(layout.legacyInput) is gone: an old client would write there in vain; run: sluice retire"
    case .partial: return "the seal at \(layout.legacyInput) can be written over; run: sluice retire"
    case .drop: return "a file lies at \(layout.legacyInput), where the seal should be; run: sluice retire"
    case .foreign(let what):
      return "\(layout.legacyInput) is \(what), not the seal; move it away and run: sluice retire"
    }
  }

  package func missingSeal() throws(MigrationFailure) -> String? {
    guard case .retired = try retirementStage() else { return nil }
    return Self.missingSeal(layout, .retired, isOurs: try isSealedByUs())
  }

  private func isSealedByUs() throws(MigrationFailure) -> Bool {
    do throws(StoreFailure) { return try observer.state()?.madeObject(layout.legacyInput) ?? false } catch {
      throw MigrationFailure(error)
    }
  }

  package func refusal(_ report: ClientReport) -> String { Self.refusal(report, layout) }
}
