internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire

/// `sluice quarantine list`, `show`, `retry` and `drop`
enum QuarantineCommand {
  /// Nanoseconds that a retried message may take before the command stops waiting for it.
  private static let patience: Int64 = 30_000_000_000

  static func list(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let (_, layout, _) = try context.channelAsItsUser()
    let entries = try entries(layout)
    let reasons = try KeptReasons(layout)
    guard !context.screen.isJSON else {
      context.screen.print(json: json(entries, reasons))
      return .done
    }
    guard !entries.isEmpty else {
      context.screen.print("nothing is kept aside")
      return .done
    }
    var table = TextTable(columns: [
      TextColumn("ID"), TextColumn("WHEN"), TextColumn("UID", .right), TextColumn("BYTES", .right),
      TextColumn("WHY", canShrink: true),
    ])
    for entry in entries {
      let fact = reasons[entry.id]
      table.add([
        "\(TerminalText.safe(entry.id))", "\(String(Timestamp(nanoseconds: entry.changed).description.prefix(19)))",
        "\(fact?.uid.map(String.init) ?? "-")", "\(entry.bytes)",
        "\(TerminalText.safe(fact?.reason ?? "the audit log says nothing of it"))",
      ])
    }
    context.screen.print(table.text(width: context.screen.width, style: context.screen.style))
    context.screen.say("look at one with: sluice quarantine show ID")
    return .done
  }

  static func show(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let (channel, layout, _) = try context.channelAsItsUser()
    let id = context.line.positional(0) ?? ""
    guard Envelope.isToken(id), let bytes = try store(layout)?.contents(of: id, limit: channel.limits.message.bytes + 2)
    else { throw CommandFailure(.failed, "nothing is kept under that id; see: sluice quarantine list") }
    if context.line.flag("raw") || !StandardStream.output.isTerminal {
      StandardStream.output.write(bytes)
    } else {
      context.screen.print(TerminalText.safe(String(decoding: bytes, as: UTF8.self)))
    }
    return .done
  }

  static func order(
    _ order: ControlRequest.QuarantineOrder, _ context: CommandContext
  ) throws(CommandFailure) -> ExitCode {
    let (channel, layout, _) = try context.channelAsItsUser()
    let ids = try chosen(context, layout)
    guard !ids.isEmpty else {
      if context.screen.isJSON { return report([], [:], order, context) }
      context.screen.print("nothing is kept aside")
      return .done
    }
    let verb = order == .retry ? "hand to the handler again" : "let go of"
    try MigrationContext.confirm(context, "\(verb) \(ids.count == 1 ? "1 message" : "\(ids.count) messages")?")
    let client = ControlClient(layout: layout, trust: ServerTrust(channel))
    var standings: [String: String] = [:]
    do throws(TransportFailure) {
      // A request of bounded length at a time.
      for start in stride(from: 0, to: ids.count, by: 500) {
        standings.merge(try client.quarantine(order, Array(ids[start..<min(start + 500, ids.count)]))) { $1 }
      }
      try waitForEnds(ids, &standings, client)
    } catch { throw CommandFailure(error) }
    return report(ids, standings, order, context)
  }

  private static func chosen(
    _ context: CommandContext, _ layout: ChannelLayout
  ) throws(CommandFailure) -> [String] {
    let named = context.line.positionals
    guard context.line.flag("all") else {
      guard !named.isEmpty else { throw CommandFailure(.usage, "name the ids, or use --all") }
      return named
    }
    guard named.isEmpty else { throw CommandFailure(.usage, "name ids or use --all, not both") }
    return try entries(layout).map(\.id)
  }

  private static func waitForEnds(
    _ ids: [String], _ standings: inout [String: String], _ client: ControlClient
  ) throws(TransportFailure) {
    let deadline = Clock.monotonic + patience
    while Clock.monotonic < deadline {
      let underway = ids.filter { standings[$0] == "underway" }
      guard !underway.isEmpty else { return }
      Wait.pause(nanoseconds: 5_000_000)
      standings.merge(try client.quarantine(.ask, Array(underway.prefix(500)))) { $1 }
    }
  }

  private static func report(
    _ ids: [String], _ standings: [String: String], _ order: ControlRequest.QuarantineOrder, _ context: CommandContext
  ) -> ExitCode {
    let wanted = order == .retry ? "handled" : "dropped"
    let isDone = ids.allSatisfy { standings[$0] == wanted }
    if context.screen.isJSON {
      var json = JSONWriter()
      json.beginObject()
      json.member("format", 1)
      json.beginObject("quarantine")
      for id in ids { json.member(named: id, standings[id] ?? "absent") }
      json.endObject()
      json.endObject()
      context.screen.print(json: json.bytes)
    } else {
      for id in ids { context.screen.print("\(TerminalText.safe(id)): \(standings[id] ?? "absent")") }
    }
    return isDone ? .done : .failed
  }

  private static func store(_ layout: ChannelLayout) throws(CommandFailure) -> QuarantineStore? {
    do throws(Errno) {
      return try QuarantineStore(Directory.open(layout.quarantineDirectory), limit: .max)
    } catch {
      switch error {
      case .noSuchFile: return nil
      case .permissionDenied:
        throw CommandFailure(.notPermitted, "not permitted to read \(layout.quarantineDirectory)")
      default: throw CommandFailure(.failed, "cannot read \(layout.quarantineDirectory): \(error)")
      }
    }
  }

  /// Oldest first: an id begins with the time.
  private static func entries(
    _ layout: ChannelLayout
  ) throws(CommandFailure) -> [(id: String, bytes: Int, changed: Int64)] {
    guard let store = try store(layout) else { return [] }
    do throws(Errno) { return try store.entries().sorted { $0.id.dropFirst() < $1.id.dropFirst() } } catch {
      throw CommandFailure(.failed, "cannot read \(layout.quarantineDirectory): \(error)")
    }
  }

  private static func json(
    _ entries: [(id: String, bytes: Int, changed: Int64)], _ reasons: KeptReasons
  ) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.beginArray("quarantine")
    for entry in entries {
      json.beginObject()
      json.member("id", entry.id)
      json.member("bytes", entry.bytes)
      json.member("keptAt", Timestamp(nanoseconds: entry.changed).description)
      if let uid = reasons[entry.id]?.uid { json.member("uid", uid) }
      if let reason = reasons[entry.id]?.reason { json.member("reason", reason) }
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.bytes
  }
}
