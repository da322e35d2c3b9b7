internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceSystem
internal import SluiceWire

/// `sluice retire`
enum RetireCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let engine = try MigrationContext.engine(context)
    if context.line.flag("show") { return try show(engine, context) }
    let (channel, layout, _) = try context.channel()
    let stage: RetirementStage
    do throws(MigrationFailure) { stage = try engine.retirementStage() } catch { throw MigrationContext.failure(error) }
    var order = RetirementOrder()
    order.waivers = try waivers(context)
    order.acceptsWeakSeal = context.line.flag("accept-weak-seal")
    switch stage {
    case .early(let phase):
      throw CommandFailure(
        .gateNotMet,
        "the channel is at \(phase.name): only from socket on can the legacy path be retired; first: sluice"
          + " apply --to socket")
    case .retired(let seal): return try again(seal, engine, layout, context)
    case .begun: context.screen.say("the legacy path is being sealed already: finishing that")
    case .ready:
      order.found = try CallerScan.found(context)
      try checkGate(engine, order)
      try confirm(context, channel, layout)
      do throws(MigrationFailure) { try engine.record(confirmed: order) } catch {
        throw MigrationContext.failure(error)
      }
    }
    engine.retirement = order
    do throws(MigrationFailure) {
      if stage == .begun { engine.retirement.found = try found(context) }
      try engine.run(MigrationRequest(.retire))
    } catch { throw MigrationContext.failure(error) }
    return try finish(engine, layout, context)
  }

  private static func found(_ context: CommandContext) throws(MigrationFailure) -> [FoundCaller] {
    do throws(CommandFailure) { return try CallerScan.found(context) } catch {
      throw MigrationFailure(.failed, error.text)
    }
  }

  /// Each `--waive` has its `--reason`.
  private static func waivers(_ context: CommandContext) throws(CommandFailure) -> [QuietWindow.Waiver] {
    let callers = context.line.values("waive")
    let reasons = context.line.values("reason")
    guard callers.count == reasons.count, reasons.allSatisfy({ $0.contains { !$0.isWhitespace } }) else {
      throw CommandFailure(.usage, "each --waive CALLER needs its --reason TEXT: the certificate says why")
    }
    return zip(callers, reasons).map { QuietWindow.Waiver(caller: $0, reason: $1) }
  }

  private static func checkGate(_ engine: Engine, _ order: RetirementOrder) throws(CommandFailure) {
    let report: ClientReport
    do throws(MigrationFailure) {
      try engine.prepareRetirement()
      report = try engine.clients(found: order.found, waivers: order.waivers)
    } catch { throw MigrationContext.failure(error) }
    let unknown = report.window.unmatched.filter { name in order.waivers.contains { $0.caller == name } }
    guard unknown.isEmpty else {
      throw CommandFailure(
        .usage, "--waive \(unknown.joined(separator: ", ")): nobody of that name was seen or found; see: sluice clients"
      )
    }
    if case .notYet = report.window.standing {
      throw CommandFailure(.gateNotMet, engine.refusal(report))
    }
  }

  /// There is no way back, so a habit must not do: the path is typed.
  private static func confirm(
    _ context: CommandContext, _ channel: ChannelFile, _ layout: ChannelLayout
  ) throws(CommandFailure) {
    let paths = [layout.legacyInput, channel.legacy.input.rawValue]
    let path = channel.legacy.input.rawValue
    if let told = context.line.value("confirm") {
      guard paths.contains(told) else {
        throw CommandFailure(.usage, "--confirm \(told): the channel's legacy path is \(path); nothing was changed")
      }
      return
    }
    guard !context.line.flag("yes"), StandardStream.input.isTerminal, StandardStream.error.isTerminal else {
      throw CommandFailure(
        .usage, "there is no way back from retire, so --yes does not do: name the path with --confirm \(path)")
    }
    StandardStream.error.write("There is no way back. Type the legacy path (\(path)) to seal it: ")
    guard let answer = StandardStream.input.readLine(), paths.contains(answer) else {
      throw CommandFailure(.failed, "that is not the legacy path; nothing was changed")
    }
  }

  // MARK: Afterwards

  /// In phase retired: the seal is made again where it is missing, which takes nothing from anybody.
  private static func again(
    _ seal: Seal.Standing, _ engine: Engine, _ layout: ChannelLayout, _ context: CommandContext
  ) throws(CommandFailure) -> ExitCode {
    do throws(MigrationFailure) {
      if try engine.interrupted() != nil {
        engine.retirement.found = try found(context)
        try engine.run(MigrationRequest(.retire))
      }
      if case .standing = seal {
      } else {
        let text = try engine.sealAgain()
        context.screen.say("sealed again: \(text)")
      }
    } catch { throw MigrationContext.failure(error) }
    return try finish(engine, layout, context)
  }

  private static func finish(
    _ engine: Engine, _ layout: ChannelLayout, _ context: CommandContext
  ) throws(CommandFailure) -> ExitCode {
    let stage: RetirementStage
    do throws(MigrationFailure) { stage = try engine.retirementStage() } catch { throw MigrationContext.failure(error) }
    var lines: [String] = []
    if case .retired(.standing(let kind)) = stage { lines = engine.bootLines(kind) }
    guard !context.screen.isJSON else {
      var json = JSONWriter()
      json.beginObject()
      json.member("format", 1)
      json.member("verb", "retire")
      json.member("phase", Phase.retired.name)
      json.member("certificate", layout.retirementCertificate)
      json.beginArray("tmpfiles")
      for line in lines { json.element(line) }
      json.endArray()
      json.endObject()
      context.screen.print(json: json.bytes)
      return .done
    }
    var text = "\(context.screen.style.green("retired")): \(layout.legacyInput) is sealed\n"
    text += "certificate: \(layout.retirementCertificate)\n"
    if lines.isEmpty {
      text += "after each start of the system, where the path does not outlive it: sluice retire\n"
    } else {
      text += "so that the seal is there after a start of the system, put into /etc/tmpfiles.d/sluice-retired.conf:\n"
      for line in lines { text += "  \(line)\n" }
    }
    context.screen.tell(text)
    return .done
  }

  private static func show(_ engine: Engine, _ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let bytes: [UInt8]?
    do throws(MigrationFailure) { bytes = try engine.certificate() } catch { throw MigrationContext.failure(error) }
    guard let bytes else {
      throw CommandFailure(.gateNotMet, "the channel was not retired: there is no certificate; see: sluice clients")
    }
    context.screen.print(json: bytes)
    return .done
  }

  /// What `apply` and `rollback` must not do.
  static func refuse(
    _ verb: MigrationRequest.Verb, from current: Phase, to target: Phase
  ) throws(CommandFailure) {
    if target == .retired, verb == .apply {
      throw CommandFailure(.usage, "there is no way back from retired, so apply does not go there; see: sluice retire")
    }
    if current == .retired, target != .retired || verb == .rollback {
      throw CommandFailure(
        .usage, "the channel is retired: its legacy path is sealed, and there is no way back; see: sluice retire --show"
      )
    }
  }
}
