internal import SluiceChannel
internal import SluicePolicy
internal import SluiceReactor
internal import SluiceSystem
internal import SluiceWire
internal import SluiceTransports

/// One program a message: the message on its input, its reply on its output; no shell in between.
final class ProgramHandler: Handler {
  struct Settings {
    var program: String
    var concurrency: Int
    var deadline: Int64
    var outputLimit: Int
  }

  let mayAct = true
  let takesHooks = true
  private let settings: Settings
  private let starter: ProgramStarter
  private let reactor: Reactor
  private let reader: MessageReader
  private let noticed: (String) -> Void
  private var waiting: [(HandlerCall, (HandlerResult) -> Void)] = []
  private var running: [Int: ExecChild] = [:]
  private var busyRoutes: Set<TransportKind> = []
  /// Calls that have begun: those that run, and those whose intent is being recorded.
  private var places = 0
  /// How many of them each user has.
  private var placesOfUsers: [UInt32?: Int] = [:]
  private var started = 0

  init(
    settings: Settings, starter: ProgramStarter, reactor: Reactor, reader: MessageReader,
    noticed: @escaping (String) -> Void
  ) {
    self.settings = settings
    self.starter = starter
    self.reactor = reactor
    self.reader = reader
    self.noticed = noticed
  }

  func immediate(_ message: Message) -> HandlerResult? { nil }

  func handle(_ call: HandlerCall, completion: @escaping (HandlerResult) -> Void) {
    waiting.append((call, completion))
    startWaiting()
  }

  func stop() { for child in running.values { child.kill() } }

  func releaseWaitingDrops() -> [String] {
    let ids = waiting.compactMap { $0.0.id }
    waiting.removeAll { $0.0.id != nil }
    return ids
  }

  func release(_ ids: Set<String>) -> [String] {
    let found = waiting.compactMap { $0.0.id }.filter(ids.contains)
    waiting.removeAll { $0.0.id.map(ids.contains) ?? false }
    return found
  }

  /// Starts what may run. Messages that were left for us keep their order: one of a route runs at a time, as the old
  /// servers worked; conversations run beside them.
  private func startWaiting() {
    while places < settings.concurrency, let index = nextInTurn() {
      let (next, completion) = waiting.remove(at: index)
      if next.id != nil { busyRoutes.insert(next.route) }
      places += 1
      placesOfUsers[next.principal.uid, default: 0] += 1
      if let prepare = next.prepare {
        prepare { [self] in start(next, completion) }
      } else {
        start(next, completion)
      }
    }
  }

  /// The first call of the user who has the fewest places: a user with a thousand calls waiting is one among those who
  /// wait, not a thousand.
  private func nextInTurn() -> Int? {
    var passed = busyRoutes
    var best: (index: Int, places: Int)?
    for (index, entry) in waiting.enumerated() {
      let call = entry.0
      if call.id != nil, !passed.insert(call.route).inserted { continue }
      let places = placesOfUsers[call.principal.uid] ?? 0
      if places < best?.places ?? .max { best = (index, places) }
      if places == 0 { break }
    }
    return best?.index
  }

  private func ended(_ call: HandlerCall, _ number: Int) {
    running[number] = nil
    places -= 1
    let uid = call.principal.uid
    placesOfUsers[uid] = (placesOfUsers[uid] ?? 1) > 1 ? (placesOfUsers[uid] ?? 1) - 1 : nil
    if call.id != nil { busyRoutes.remove(call.route) }
  }

  private func start(_ call: HandlerCall, _ completion: @escaping (HandlerResult) -> Void) {
    StopPoint.intended.pass()
    started += 1
    let number = started
    var child: ExecChild?
    do throws(Errno) {
      let process = try starter.start(variables: HandlerVariables.peer(call) + HandlerVariables.message(call))
      let made = ExecChild(
        process, input: call.bytes + [UInt8(ascii: "\n")], outputLimit: settings.outputLimit,
        deadline: settings.deadline, reactor: reactor
      ) { [weak self] end, errors in
        guard let self else { return }
        self.ended(call, number)
        self.log(errors)
        completion(self.result(of: end, call))
        self.startWaiting()
      }
      child = made
      running[number] = made
      try made.start()
      StopPoint.handlerStarted.pass()
    } catch {
      child?.abandon()
      ended(call, number)
      noticed("cannot start the handler \(settings.program): \(error)")
      completion(.refused(Refusal(.handlerEnded, "the handler could not be started")))
    }
  }

  private func result(of end: ExecChild.End, _ call: HandlerCall) -> HandlerResult {
    switch end {
    case .deadline: return .refused(Refusal(.handlerTimeout, "the handler took too long"))
    case .tooMuchOutput: return .refused(Refusal(.tooLarge, "the handler's reply is too large"))
    case .exited(let status, let output):
      if call.message.kind == .notification { return status == 0 ? .silent : ended(status) }
      guard let line = Self.replyLine(output) else {
        // Whoever runs a hook wants it done, and no reply.
        return status == 0 && (call.message.kind != .request || call.message.dialect == .hook) ? .silent : ended(status)
      }
      guard let shape = reader.readHandlerLine(line) else {
        return .refused(
          Refusal(
            .handlerEnded, "the handler gave no valid reply", reason: "its output is no object with result or error"))
      }
      return .line(line, shape)
    }
  }

  private func ended(_ status: Int32) -> HandlerResult {
    .refused(Refusal(.handlerEnded, "the handler ended without a reply", reason: "exit status \(status)"))
  }

  /// The reply: all of the output where it is one line, else its first line that begins an object.
  private static func replyLine(_ output: [UInt8]) -> [UInt8]? {
    for line in output.split(separator: UInt8(ascii: "\n")) {
      if let first = line.first(where: { $0 != 0x20 && $0 != 0x09 }), first == UInt8(ascii: "{") { return Array(line) }
    }
    return nil
  }

  private func log(_ errors: [UInt8]) {
    for line in errors.split(separator: UInt8(ascii: "\n")).prefix(20) {
      noticed("handler: " + String(decoding: line.prefix(400), as: UTF8.self))
    }
  }
}
