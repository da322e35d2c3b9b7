import SluiceChannel
import SluiceSystem
import Testing

/// What became of numbered messages: handled, by the handler's own record, or in quarantine as interrupted.
struct Account {
  private(set) var handled: [String: Int] = [:]
  private(set) var quarantined: [String: Int] = [:]

  init(_ channel: Rehearsal) throws {
    for line in try Files.lines(channel.record) { handled[line, default: 0] += 1 }
    for name in try channel.keptNames() {
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
  /// What is in quarantine; a hidden name is the draft of a killed process.
  func keptNames() throws -> [String] { try Files.names(quarantine).filter { !$0.hasPrefix(".") } }

  /// Nothing is on its way any more, at any place where it could wait.
  func waitUntilDrained() throws {
    let own = try Files.names("\(root)\(place)").first { $0.hasPrefix(".parrot-mcp-relay-") }
    let claims = "\(root)\(place)/\(own ?? ".parrot-mcp-relay-\(Process.effectiveUser)")/claims"
    var left = ""
    try eventually("everything that was claimed has its end: \(left)", seconds: 60) {
      let status = try status()
      let waiting = try [
        "\(status.number("inFlight") ?? -1) calls in flight", "\(status.number("relayPending") ?? -1) with the relay",
        Files.exists(drop) ? "a drop" : "", ((try? Files.names(claims)) ?? []).joined(separator: " "),
        Files.names("\(state)/spool").filter { !$0.hasPrefix("f") && !$0.hasPrefix(".") }.joined(separator: " "),
      ]
      left = waiting.joined(separator: ", ")
      return left == "0 calls in flight, 0 with the relay, , , "
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
