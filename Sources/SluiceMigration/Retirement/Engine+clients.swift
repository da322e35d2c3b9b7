package import SluiceChannel
internal import SluiceRelay
internal import SluiceServer
package import SluiceStore
internal import SluiceSystem
internal import SluiceTransports

/// What `clients` shows: who uses which route, and how long the legacy path has been quiet.
package struct ClientReport: Sendable {
  package let phase: Phase
  package let list: ClientList
  package let window: QuietWindow
  package let evidence: QuietWindow.Evidence
  package let waivers: [Waiver]
}

extension Engine {
  /// - Parameters:
  ///   - found: what the scan of scripts found.
  ///   - waivers: of this run, besides those on record.
  ///   - isHeld: the relay holds back since this run asked it to, which is no time without it.
  package func clients(
    found: [FoundCaller], waivers: [QuietWindow.Waiver] = [], isHeld: Bool = false
  ) throws(MigrationFailure) -> ClientReport {
    let phase = try currentPhase()
    let minimum = try manifests.leading(to: .retired).gates.quiet
    let now = Clock.realtime
    var callers: [Caller] = []
    var gaps: [RelayGap] = []
    var recorded: [Waiver] = []
    do throws(StoreFailure) {
      if let state = try observer.state() {
        callers = try state.callers()
        gaps = try state.gaps(limit: 1000)
        recorded = try state.waivers()
      }
    } catch { throw MigrationFailure(error) }
    let server = observer.server()
    let account = relayAccount()
    var evidence = QuietWindow.Evidence(
      now: now, minimum: minimum, watchedSince: account?.takingSince,
      isWatching: server.map { $0.isRelayConnected && (isHeld || !$0.isRelayHolding) } ?? false,
      lastSign: account?.alive)
    evidence.gaps = gaps.map { QuietWindow.Gap(from: $0.from, to: $0.to, reason: $0.reason) }
    evidence.uses = callers.filter { $0.route == TransportKind.fileDrop.rawValue }.map { caller in
      let scripts = found.filter { $0.isSeen(as: caller.program) }
      return QuietWindow.Use(
        caller: Self.name(caller), names: Self.names(caller).union(scripts.map(\.path)), last: caller.last,
        count: caller.count)
    }
    evidence.scheduled = found.flatMap { script in
      script.runs.map {
        QuietWindow.Scheduled(caller: script.path, names: [script.path], when: $0.text, period: $0.period)
      }
    }
    evidence.waivers = recorded.map { QuietWindow.Waiver(caller: $0.caller, reason: $0.reason) } + waivers
    let window = QuietWindow(evidence)
    return ClientReport(
      phase: phase,
      list: ClientList(
        callers, found: found, primary: phase.primaryTransport, window: window.required, now: now),
      window: window, evidence: evidence, waivers: recorded)
  }

  /// What the relay left word of; nil where none ever ran.
  func relayAccount() -> RelayAccount? {
    let bytes = try? Directory.open(layout.stateDirectory).contents(of: RelayAccount.fileName, limit: 1 << 20)
    return (bytes ?? nil).flatMap { RelayAccount(json: $0) }
  }

  /// `backup.sh (uid 1001)`, as operators are told.
  package static func name(_ caller: Caller) -> String {
    guard let uid = caller.uid else { return "nobody knows who (\(QuietWindow.unknownName))" }
    let user = userName(uid).map { "\($0), uid \(uid)" } ?? "uid \(uid)"
    return caller.program.map { "\($0) (\(user))" } ?? user
  }

  /// By what a waiver may name it: its user covers all of the user's programs.
  private static func names(_ caller: Caller) -> Set<String> {
    guard let uid = caller.uid else { return [QuietWindow.unknownName] }
    var names: Set<String> = ["\(uid)", "uid \(uid)"]
    if let user = userName(uid) { names.insert(user) }
    if let program = caller.program { names.insert(program) }
    return names
  }

  package static func userName(_ uid: Int64) -> String? { UInt32(exactly: uid).flatMap { Accounts.userName($0) } }
}
