internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports

/// The whole way up, down and up again below a root of its own, with services, writers and an old server, and with the
/// account at the end.
final class Rehearsal {
  struct Settings {
    var highest = Phase.retired
    var seconds: Int64 = 1
    var killsEveryStep = false
    var usesChannelsHandler = false
  }
  /// One command between two phases.
  struct Leg {
    let verb: String
    let from: Phase
    let to: Phase
    var steps: [(verb: String, description: String, nanoseconds: Int64)] = []
    /// How often it was killed, each time behind another intent.
    var kills = 0
    var nanoseconds: Int64 = 0
  }

  let root: RehearsalRoot
  let channel: ChannelFile
  let layout: ChannelLayout
  let settings: Settings
  let say: (String) -> Void
  var legs: [Leg] = []
  var problems: [String] = []
  private var services: [RehearsalChild] = []
  let writers: RehearsalWriters
  private let reader: OldReader
  let manifests: String
  private let signals: SignalReceiver

  static let record = "/handled"

  init(
    _ channel: ChannelFile, root: RehearsalRoot, manifests: String, settings: Settings, say: @escaping (String) -> Void
  ) throws(CommandFailure) {
    do throws(Errno) { signals = try SignalReceiver([.interrupt, .terminate]) } catch {
      throw CommandFailure(.failed, "cannot wait for signals: \(error)")
    }
    self.channel = channel
    self.root = root
    self.manifests = manifests
    self.settings = settings
    self.say = say
    layout = ChannelLayout(channel: channel, root: root.path)
    writers = RehearsalWriters(channel, layout)
    reader = try OldReader(channel, layout)
  }

  // MARK: The way

  func run(_ model: RehearsalModel) throws(CommandFailure) {
    defer { end() }
    try start("serve")
    try start("relay")
    try wait("the relay to connect") { $0.isRelayConnected }
    reader.set(wanted: true)
    try writers.start(model.writers)
    try pass()
    // What is retired stays so: the way up and down is below it.
    let highest = min(settings.highest, .socket)
    for phase in Self.phases(from: .fileDrop, to: highest) { try go("apply", to: phase, kills: true) }
    for phase in Self.phases(from: highest, to: .fileDrop) { try go("rollback", to: phase, kills: true) }
    for phase in Self.phases(from: .fileDrop, to: highest) { try go("apply", to: phase, kills: false) }
    guard writers.stop() else { throw CommandFailure(.failed, "a writer hangs; nobody takes what it writes") }
    try drain()
    try verify("at \(highest.name), at the end")
    if settings.highest == .retired { try retire() }
  }

  private static func phases(from: Phase, to: Phase) -> [Phase] {
    let numbers =
      to > from
      ? Array((from.rawValue + 1)...to.rawValue)
      : Array(stride(from: from.rawValue - 1, through: to.rawValue, by: -1))
    return numbers.compactMap { Phase(rawValue: $0) }
  }

  /// One phase on or back, and some time there.
  private func go(_ verb: String, to target: Phase, kills: Bool) throws(CommandFailure) {
    let source = Phase(rawValue: target.rawValue + (verb == "apply" ? -1 : 1)) ?? target
    say("\(verb) \(source.name) -> \(target.name)")
    var leg = Leg(verb: verb, from: source, to: target)
    if settings.killsEveryStep, kills {
      var intent = 1
      while try kill(verb, source, target, behind: intent) {
        leg.kills += 1
        intent += 1
        try go(back: verb, source)
      }
    } else {
      let start = Clock.monotonic
      try move(verb, target)
      leg.nanoseconds = Clock.monotonic - start
    }
    leg.steps = try lastSteps()
    if leg.kills > 0 {
      leg.nanoseconds = leg.steps.reduce(0) { $0 + $1.nanoseconds }
      say("  killed behind each of \(leg.kills) intents; one more command ended it each time")
    }
    legs.append(leg)
    try pass()
    try verify("at \(target.name)")
  }

  private func go(back verb: String, _ source: Phase) throws(CommandFailure) {
    try move(verb == "apply" ? "rollback" : "apply", source)
  }

  /// Kills a command behind its n-th intent, and gives the same command again. False where it has no n-th one: then it
  /// went its way.
  private func kill(
    _ verb: String, _ source: Phase, _ target: Phase, behind intent: Int
  ) throws(CommandFailure) -> Bool {
    let child = try command(verb, target, stop: intent)
    guard child.wait(seconds: 120, until: { $0.hasSaid(RehearsalStop.word) }) else {
      throw failure(child, "did not end")
    }
    guard child.status == nil else {
      guard child.status == 0 else { throw failure(child, "ended with \(child.status ?? -1)") }
      return false
    }
    child.kill()
    try move(verb, target)
    return true
  }

  private func move(_ verb: String, _ target: Phase) throws(CommandFailure) {
    let child = try command(verb, target, stop: nil)
    guard child.wait(seconds: 120) else { throw failure(child, "did not end") }
    guard child.status == 0 else { throw failure(child, "ended with \(child.status ?? -1)") }
    guard let phase = try? State.reading(path: layout.database)?.phase(), phase == target.rawValue else {
      throw failure(child, "did not lead to \(target.name)")
    }
  }

  private func command(_ verb: String, _ target: Phase, stop: Int?) throws(CommandFailure) -> RehearsalChild {
    try interrupted()
    // As an operator does: the old server is stopped before the relay takes drops, and started when it takes none.
    reader.set(wanted: target == .fileDrop)
    return try RehearsalChild(
      [verb, "--to", target.name, "--yes", "--migrations", manifests], root: root.path,
      environment: stop.map { ["\(RehearsalStop.variable)=\(root.path):\($0)"] } ?? [])
  }

  func failure(_ child: RehearsalChild, _ what: String) -> CommandFailure {
    let words = child.words.prefix { $0 != "--migrations" }.joined(separator: " ")
    let last = child.errorText.split(separator: "\n").suffix(3).joined(separator: "; ")
    return CommandFailure(.violated, "sluice \(words) \(what): \(TerminalText.safe(last))")
  }

  // MARK: Services

  private func start(_ name: String) throws(CommandFailure) {
    let child = try RehearsalChild([name], root: root.path)
    services.append(child)
    guard child.wait(seconds: 30, until: { $0.hasSaid("ready\n") }), child.status == nil else {
      throw CommandFailure(
        .failed,
        "sluice \(name) did not come up: \(TerminalText.safe(child.errorText.split(separator: "\n").last.map(String.init) ?? ""))"
      )
    }
  }

  private func status() -> ServerStatus? {
    try? ControlClient(layout: layout, trust: ServerTrust(channel), patience: 2_000_000_000).status()
  }

  private func wait(_ what: String, seconds: Int64 = 30, _ test: (ServerStatus) -> Bool) throws(CommandFailure) {
    let deadline = Clock.monotonic + seconds * 1_000_000_000
    while true {
      if let status = status(), test(status) { return }
      try interrupted()
      guard Clock.monotonic < deadline else { throw CommandFailure(.failed, "waited \(seconds) s for \(what)") }
      Wait.pause(nanoseconds: 5_000_000)
    }
  }

  /// Lets the writers write for a while.
  private func pass() throws(CommandFailure) {
    let deadline = Clock.monotonic + settings.seconds * 1_000_000_000
    while Clock.monotonic < deadline {
      try interrupted()
      for service in services { service.look() }
      if let ended = services.first(where: { $0.status != nil }) { throw failure(ended, "ended by itself") }
      Wait.pause(nanoseconds: 10_000_000)
    }
  }

  func interrupted() throws(CommandFailure) {
    if let signal = try? signals.next(), signal == .interrupt || signal == .terminate {
      throw CommandFailure(.failed, "interrupted; what it started is ended")
    }
  }

  /// Waits until nothing is on its way.
  /// - Parameter isSealed: what stands at the legacy path is the seal.
  func drain(isSealed: Bool = false) throws(CommandFailure) {
    let slot = ChannelSenders.slot(layout.legacyInput)
    var quiet = 0
    try wait("everything on its way to end", seconds: 60) { status in
      let drop = try? Directory.open(slot.directory).status(of: slot.name)
      let runFile = try? Directory.open(layout.runtimeDirectory).status(of: layout.names.runFile)
      let isEmpty =
        status.inFlight == 0 && status.relayPending == 0
        && (isSealed || (drop ?? nil) == nil || (drop ?? nil)?.size == 0)
        && ((runFile ?? nil)?.size ?? 0) == 0
      quiet = isEmpty ? quiet + 1 : 0
      return quiet > 20
    }
  }

  func verify(_ when: String) throws(CommandFailure) {
    let child = try RehearsalChild(
      ["--json", "verify", "--canaries", "2", "--migrations", manifests], root: root.path)
    guard child.wait(seconds: 120) else { throw failure(child, "did not end") }
    guard child.status == 0 else {
      let text = String(decoding: child.output, as: UTF8.self)
      problems.append(
        "verify \(when) ended with \(child.status ?? -1): \(RehearsalFindings.worst(text) ?? child.errorText)")
      return
    }
  }

  func lastSteps() throws(CommandFailure) -> [(verb: String, description: String, nanoseconds: Int64)] {
    do throws(StoreFailure) {
      guard let state = try State.reading(path: layout.database), let run = try state.runs(limit: 1).first else {
        return []
      }
      return try state.steps(ofRun: run.number).map { step in
        (
          step.verb, step.description.replacing("\(root.path)/", with: "/"),
          (step.ended ?? step.intended) - step.intended
        )
      }
    } catch { throw CommandFailure(.failed, error.description) }
  }

  /// Ends and reaps whatever was started.
  func end() {
    _ = writers.stop()
    reader.stop()
    for service in services.reversed() { service.end(seconds: 15) }
    services = []
  }

  // MARK: The account

  func account() throws(CommandFailure) -> RehearsalAccount {
    var seen = RehearsalAccount.Seen()
    (seen.written, seen.unsure) = writers.written
    seen.oldServer = reader.taken
    if !settings.usesChannelsHandler {
      let bytes = try? Directory.open(root.path).contents(of: "handled", limit: 1 << 28)
      seen.handled = RehearsalMessage.read((bytes ?? nil) ?? [])
    }
    if let kept = try? Directory.open(layout.quarantineDirectory), let names = try? kept.names(capacity: 16 << 20) {
      for name in names where !name.hasPrefix(".") {
        seen.quarantined += RehearsalMessage.read((try? kept.contents(of: name, limit: 1 << 22)) ?? [])
      }
    }
    do throws(StoreFailure) { seen.ledger = try State.reading(path: layout.database)?.ledger() ?? [] } catch {
      throw CommandFailure(.failed, error.description)
    }
    var account = RehearsalAccount(seen)
    account.problems += problems
    return account
  }
}
