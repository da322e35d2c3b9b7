import SluiceChannel
import SluiceSystem
import Testing

/// What became of numbered messages: handled, by the handler's own record, or in quarantine as interrupted.
struct Account {
  private(set) var handled: [String: Int] = [:]
  private(set) var quarantined: [String: Int] = [:]

  init(_ channel: Rehearsal) throws {
    for line in try Files.lines(channel.record) { handled[line, default: 0] += 1 }
    for name in try Files.names(channel.quarantine) {
      let text = try Files.text("\(channel.quarantine)/\(name)")
      quarantined[String(text.drop { $0 == " " }.prefix { $0 != "\n" }), default: 0] += 1
    }
  }

  /// Each message is handled once, or was interrupted once and may have acted: never twice, never nowhere.
  func expectEach(
    of writer: String, upTo count: Int, location: SourceLocation = #_sourceLocation
  ) {
    #expect(count > 0, "the writer \(writer) wrote nothing", sourceLocation: location)
    guard count > 0 else { return }
    for number in 1...count {
      let message = LegacyWriter.message(writer, number)
      let (done, kept) = (handled[message] ?? 0, quarantined[message] ?? 0)
      #expect(
        done <= 1 && kept <= 1 && done + kept >= 1, "\(message): handled \(done), kept \(kept)",
        sourceLocation: location)
    }
  }
}

extension Rehearsal {
  /// Nothing is on its way any more, at any place where it could wait.
  func waitUntilDrained() throws {
    let claims = "\(root)/tmp/.parrot-mcp-relay-\(Process.effectiveUser)/claims"
    try eventually("everything that was claimed has its end", seconds: 60) {
      let status = try status()
      return try status.number("inFlight") == 0 && status.number("relayPending") == 0 && !Files.exists(drop)
        && Files.names(claims).isEmpty && Files.names("\(state)/spool").allSatisfy { $0.hasPrefix("f") }
    }
    try eventually("the run file is taken") { try (Files.status(runFile)?.size ?? 0) == 0 }
  }

  /// Every message ended in the log exactly once: ids are never there twice.
  func expectOneEndEach(_ location: SourceLocation = #_sourceLocation) throws {
    var ends: [String: Int] = [:]
    for event in ["handled", "failed", "rejected", "quarantined"] {
      for record in try events(event) { if let id = record.text("id") { ends[id, default: 0] += 1 } }
    }
    let twice = ends.filter { $0.value > 1 }
    #expect(twice.isEmpty, "\(twice)", sourceLocation: location)
  }
}
