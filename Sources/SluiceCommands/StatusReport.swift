internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports

/// Where a channel stands, as the database, the server and the relay say it.
struct StatusReport {
  var channel: ChannelFile
  var phase = Phase.fileDrop
  var server: ServerStatus?
  /// Why a server that runs did not say how it is.
  var silence: String?
  var routes: [String: LedgerEntry] = [:]
  /// A run that has not ended, and the process that is at it; without one it was interrupted.
  var unfinished: Run?
  var holder: LockHolder?
  /// An apply that waits to be confirmed.
  var trial: Trial?
  /// What is wrong with the seal, in phase retired.
  var seal: String?
  var relay = RelayReport()
  /// When the present phase began, nanoseconds since 1970; nil where no run led to it.
  var since: Int64?

  /// What the commands that it names need.
  let given: GivenOptions

  init(channel: ChannelFile, given: GivenOptions = GivenOptions()) {
    self.channel = channel
    self.given = given
  }

  static func read(
    _ channel: ChannelFile, _ layout: ChannelLayout, given: GivenOptions = GivenOptions()
  ) throws(CommandFailure) -> StatusReport {
    var report = StatusReport(channel: channel, given: given)
    do throws(TransportFailure) {
      report.server = try ControlClient(
        layout: layout, trust: ServerTrust(channel), patience: 2_000_000_000
      ).status()
    } catch {
      if error.kind == .notPermitted { throw CommandFailure(.notPermitted, error.text) }
      if error.kind != .notRunning { report.silence = error.text }
    }
    do throws(StoreFailure) {
      guard let state = try State.reading(path: layout.database) else { return report }
      report.phase = Phase(rawValue: try state.phase()) ?? .fileDrop
      for entry in try state.ledger() {
        report.routes[entry.route, default: LedgerEntry(route: entry.route, generation: 0)].add(entry)
      }
      report.relay = try RelayReport(state, layout)
      report.trial = try state.trial()
      report.seal = SealNotice.text(layout)
      let runs = try state.runs(limit: 100)
      report.unfinished = runs.first.flatMap { $0.result == nil ? $0 : nil }
      if let run = report.unfinished {
        report.holder = MigrationLock.holder(layout)
        // It may have ended between the two looks.
        if report.holder == nil, try state.runs(limit: 1).first != run {
          report.unfinished = nil
          report.phase = Phase(rawValue: try state.phase()) ?? .fileDrop
        }
      }
      report.since = runs.first { $0.result == "done" && $0.target == report.phase.rawValue }?.finished
    } catch { throw CommandFailure(error) }
    return report
  }

  /// What the channel waits for; nil where it waits for nothing.
  var waitsFor: String? { wait.map(given.completing) }

  private var wait: String? {
    guard silence == nil else { return "the server's answer" }
    guard let server else { return "a server: nothing is received" }
    if let holder, let unfinished { return "run \(unfinished.number): \(unfinished.way), running (pid \(holder.pid))" }
    if let unfinished { return "the end of run \(unfinished.number), which was interrupted: \(unfinished.way)" }
    if trial != nil { return "a word: sluice confirm, or the way back" }
    if seal != nil { return "the seal" }
    if !phase.leavesDrops, !server.isRelayConnected { return "the relay: legacy drops stay where they are" }
    if server.isDraining { return "the server to drain" }
    return nil
  }

  var next: String { given.completing(command) }

  private var command: String {
    if silence != nil { return "sluice status" }
    if server == nil { return "sluice serve --channel \(channel.name)" }
    if unfinished != nil, holder != nil { return "sluice status --watch" }
    if unfinished?.verb == "retire" { return "sluice retire (an interrupted run)" }
    if let unfinished {
      // A trial that was not confirmed ends as a way back.
      let verb = unfinished.verb == "apply" || unfinished.verb == "retire" ? unfinished.verb : "rollback"
      return "sluice \(verb) --to \(Phase(rawValue: unfinished.target)?.name ?? "") (an interrupted run)"
    }
    if trial != nil { return "sluice confirm" }
    if phase == .retired { return seal == nil ? "sluice verify" : "sluice retire" }
    if server?.isRelayConnected != true { return "sluice relay --channel \(channel.name)" }
    guard phase < .socket, let later = Phase(rawValue: phase.rawValue + 1) else { return "sluice verify" }
    return "sluice plan --to \(later.name)"
  }
}

extension Run {
  /// `apply file-drop -> run-file`
  var way: String {
    "\(verb) \(Phase(rawValue: source)?.name ?? "\(source)") -> \(Phase(rawValue: target)?.name ?? "\(target)")"
  }
}
