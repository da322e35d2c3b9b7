package import SluiceChannel
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire

/// The steps of retiring the legacy path.
extension Engine {
  /// Times that a drop may come in between the relay's last look and the seal.
  private static let sealTries = 50
  private static let overflowUser: UInt32 = 65534  // "nobody" (proc(5), overflowuid)

  package var seal: Seal { Seal(path: layout.legacyInput, channel: channel.name.rawValue, socket: layout.socket) }

  /// Makes a step of retiring so.
  func actRetiring(_ step: MigrationStep, _ run: Int64, _ state: State) throws(MigrationFailure) -> String {
    switch step {
    case .quiet: return try passQuietGate(state)
    case .barrier(let latency):
      _ = try mark(.fileDrop, latency)
      try wait(seconds: 10, for: "the relay's spool to be empty") { $0.isRelayConnected && $0.relayPending == 0 }
      return "seen, nothing on its way"
    case .seal: return "\(try place(run, state, isWatched: true).rawValue) at \(layout.legacyInput)"
    case .trySeal: return try trySeal(run, state)
    case .certify(let isFinal):
      do throws(StoreFailure) { try state.setFact(Self.beyondReturnFact, 1) } catch { throw MigrationFailure(error) }
      try certify(isFinal: isFinal, run, state)
      StopPoint.certified.pass()
      return layout.retirementCertificate
    case .giveUp(let kind): return try giveUp(kind, run, state)
    default: return ""
    }
  }

  /// Takes a step of retiring back.
  func undoRetiring(_ step: MigrationStep, _ state: State) throws(MigrationFailure) {
    guard step == .seal else { return }
    do throws(Errno) { try seal.lift(isOurs: true) } catch {
      throw MigrationFailure(.failed, "cannot take the seal at \(layout.legacyInput) away: \(error)")
    }
    try stored { () throws(StoreFailure) in try state.forgetObject(layout.legacyInput) }
  }

  /// Once the certificate is there, a run of this kind is only finished, never taken back.
  func isBeyondReturn(_ state: State) -> Bool { (try? state.fact(Self.beyondReturnFact)) == 1 }
  static let beyondReturnFact = "retirement-certified"

  // MARK: The gate

  private func passQuietGate(_ state: State) throws(MigrationFailure) -> String {
    try resumeTaking()
    let report = try clients(found: retirement.found)
    guard case .open(let since) = report.window.standing else {
      throw MigrationFailure(.gate, Self.refusal(report, layout))
    }
    do throws(StoreFailure) {
      for (part, json) in RetirementParts.evidence(report) { try state.keep(retirement: part, json: json) }
    } catch { throw MigrationFailure(error) }
    return "quiet since \(QuietWindow.moment(since))"
  }

  /// The sentence for one who may not retire yet: who, and when.
  package static func refusal(_ report: ClientReport, _ layout: ChannelLayout) -> String {
    guard case .notYet(let reasons) = report.window.standing else { return "" }
    var text =
      "\(layout.legacyInput) cannot be retired yet: \(QuietWindow.text(report.window.required)) of quiet are needed"
    for reason in reasons {
      text += "\n  \(reason.text)"
      if let opens = reason.opens { text += "; opens \(QuietWindow.moment(opens)) if nothing comes" }
    }
    // A watch that is too young is nobody's to waive.
    let isWaivable = reasons.contains { $0.caller != nil }
    return text
      + (isWaivable
        ? "\nmove those callers, wait, or take them on yourself: --waive CALLER --reason TEXT; see: sluice clients"
        : "\nwait until then; see: sluice clients")
  }

  // MARK: The seal

  /// - Parameter isWatched: a drop that comes meanwhile closes the quiet window.
  func place(_ run: Int64, _ state: State, isWatched: Bool) throws(MigrationFailure) -> Seal.Kind {
    StopPoint.sealing.pass()
    var hasTaken = false
    for _ in 0..<Self.sealTries {
      switch seal.look(isOurs: try isSealed(state)) {
      case .standing(let kind): return kind
      case .absent, .partial:
        guard let kind = try put(run, state) else { continue }
        if hasTaken { try settleTaken(isWatched: isWatched, state) }
        return kind
      case .drop:
        try letRelayTake("a file")
        hasTaken = true
      case .foreign(let what):
        try letRelayTake(what)
        hasTaken = true
      }
    }
    throw MigrationFailure(
      .gate,
      "a file came to \(layout.legacyInput) each of \(Self.sealTries) times that it was to be sealed: see who with"
        + " sluice clients, and stop it")
  }

  /// nil where something else came to the path.
  private func put(_ run: Int64, _ state: State) throws(MigrationFailure) -> Seal.Kind? {
    // First: what stands there after a kill is known as ours, and as confirmed.
    try stored { () throws(StoreFailure) in try state.keepObject(layout.legacyInput, kind: "seal", run: run) }
    do throws(Errno) {
      let kind = try seal.put()
      StopPoint.sealed.pass()
      return kind
    } catch {
      try stored { () throws(StoreFailure) in try state.forgetObject(layout.legacyInput) }
      if error == .exists { return nil }
      throw MigrationFailure(
        error == .permissionDenied || error == .notPermitted ? .notPermitted : .failed,
        "cannot seal \(layout.legacyInput): \(error)")
    }
  }

  private func isSealed(_ state: State) throws(MigrationFailure) -> Bool {
    do throws(StoreFailure) { return try state.madeObject(layout.legacyInput) } catch { throw MigrationFailure(error) }
  }

  /// What lies at the path is taken as long as there is somebody to take it. Every moment counts: a client that goes on
  /// writing may be there again before the seal is.
  private func letRelayTake(_ what: String) throws(MigrationFailure) {
    try ask(.relay(holding: false))
    guard soon(seconds: 5, { seal.look(isOurs: false) == .absent }) else {
      throw MigrationFailure(
        .drift,
        "\(layout.legacyInput) is \(what), which the relay does not take; either move it away and run sluice retire again,"
          + " or leave it there and stay in phase socket; nothing was sealed")
    }
    // Its word from before it was asked says nothing: what it took is among those of after.
    let isTold = soon(seconds: 10) { observer.server()?.isRelayHolding == false }
    try ask(.relay(holding: true))
    guard isTold, soon(seconds: 10, { observer.server()?.isRelayHolding == true }) else {
      throw MigrationFailure(.gate, "waited 10 s for the relay to say what it does")
    }
  }

  private func soon(seconds: Int64, _ test: () -> Bool) -> Bool {
    let deadline = Clock.monotonic + seconds * 1_000_000_000
    while !test() {
      guard Clock.monotonic < deadline else { return false }
      Wait.pause(nanoseconds: 100_000)
    }
    return true
  }

  /// What the relay took at last is handed in; whoever wrote it is told of, unless waived, and nothing is sealed then.
  private func settleTaken(isWatched: Bool, _ state: State) throws(MigrationFailure) {
    try wait(seconds: 10, for: "the relay to hand in what it took") { $0.isRelayHolding && $0.relayPending == 0 }
    guard isWatched else { return }
    let report = try clients(found: retirement.found, isHeld: true)
    guard case .notYet = report.window.standing else { return }
    try undoRetiring(.seal, state)
    throw MigrationFailure(.gate, Self.refusal(report, layout))
  }

  private func trySeal(_ run: Int64, _ state: State) throws(MigrationFailure) -> String {
    let users = Array(Set([Self.overflowUser, identity.user])).sorted().filter { $0 != Process.effectiveUser }
    let kind = try place(run, state, isWatched: false)
    let trials = try seal.trials(users: users) { () throws(MigrationFailure) in
      seal.clearAttempt()
      _ = try place(run, state, isWatched: false)
    }
    StopPoint.sealTried.pass()
    let through = trials.filter(\.wentThrough).map(\.text)
    var accepted = retirement.acceptsWeakSeal
    if !accepted { accepted = try hasAcceptedWeakSeal(state) }
    do throws(StoreFailure) {
      try state.keep(
        retirement: "seal", json: RetirementParts.seal(layout, kind, trials, isAccepted: !through.isEmpty && accepted))
    } catch { throw MigrationFailure(error) }
    if let untried = trials.first(where: { $0.trouble != nil }) {
      throw MigrationFailure(.gate, "the seal could not be tried with \(untried.text): \(untried.trouble ?? "")")
    }
    guard through.isEmpty || accepted else {
      throw MigrationFailure(
        .gate,
        "the seal at \(layout.legacyInput) (a \(kind.rawValue)) lets through: \(through.joined(separator: ", ")); run it as"
          + " root where the filesystem knows immutable files, or take it with --accept-weak-seal")
    }
    return through.isEmpty
      ? "\(trials.count) attempts were refused" : "weak, and accepted: lets through \(through.joined(separator: ", "))"
  }

  private func hasAcceptedWeakSeal(_ state: State) throws(MigrationFailure) -> Bool {
    do throws(StoreFailure) { return try state.fact(Self.weakSealFact) == 1 } catch { throw MigrationFailure(error) }
  }
  static let weakSealFact = "retire-accepts-weak-seal"

  // MARK: The other routes

  /// Closes a route that nobody used within the window; one that somebody used stays, and is said.
  private func giveUp(_ kind: TransportKind, _ run: Int64, _ state: State) throws(MigrationFailure) -> String {
    let report = try clients(found: retirement.found)
    let least = report.evidence.now - report.window.required
    let used = report.list.clients.compactMap(\.seen).filter { $0.route == kind.rawValue && $0.last >= least }
    do throws(StoreFailure) {
      if let last = used.max(by: { $0.last < $1.last }) {
        let text = "left open: \(Self.name(last)) used it \(QuietWindow.ago(last.last, report.evidence.now))"
        try state.keep(retirement: "route \(kind.rawValue)", json: RetirementParts.route(kind, text, isClosed: false))
        return text
      }
      // First: a server that is started from here on does not open it.
      try state.giveUp(kind.rawValue)
      try state.keep(
        retirement: "route \(kind.rawValue)", json: RetirementParts.route(kind, "unused, closed", isClosed: true))
    } catch { throw MigrationFailure(error) }
    StopPoint.routeGivenUp.pass()
    if observer.server()?.transports.contains(kind) != false { try ask(.close(kind, removingObjects: true)) }
    let given: [String]
    do throws(StoreFailure) { given = try state.givenUp() } catch { throw MigrationFailure(error) }
    var kept: [String] = []
    for manifest in manifests.manifests where manifest.to < .socket {
      for object in manifest.objects.reversed() where object.place.serves(only: given) {
        let result = try act(.removeObject(object), run, state)
        if result.hasPrefix("left") { kept.append("\(object.place.path(layout)) \(result)") }
      }
    }
    return kept.isEmpty ? "unused, closed" : "unused, closed; \(kept.joined(separator: "; "))"
  }
}

extension Manifest.Place {
  /// Whether only routes that were given up need it.
  func serves(only routes: [String]) -> Bool {
    switch self {
    case .lock, .claimed, .runFile: routes.contains(TransportKind.runFile.rawValue)
    case .fifo: routes.contains(TransportKind.fifo.rawValue)
    case .replies: routes.contains(TransportKind.runFile.rawValue) && routes.contains(TransportKind.fifo.rawValue)
    case .runtime, .socket: false
    }
  }
}
