import Testing

/// `scripts/clients` against the real server, through every transport.
@Suite(.serialized, .printsLogs)
struct ShellClientTests {
  private static let clients = "\(Places.repository)/scripts/clients"

  @Test func everyTransportTakesTheShellClients() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      for phase in ["run-file", "fifo", "socket"] {
        try channel.apply(phase)
        try exercise(channel, phase)
      }
      let missing = try channel.shell("\(Self.clients)/sluice-send '{\"method\":\"x\"}\n{}'")
      #expect(missing.status == 65 && missing.sentences.count == 1, "\(missing)")
      try channel.expectProven()
    }
  }

  private func exercise(_ channel: Rehearsal, _ phase: String) throws {
    func message(_ label: String) -> String { #"{"method":"note","params":{"label":"\#(phase)-\#(label)"}}"# }
    let sent = try channel.shell(#"\#(Self.clients)/sluice-send "$1""#, message("sent"))
    #expect(sent.status == 0 && sent.output.isEmpty && sent.errors.isEmpty, "\(sent)")
    let piped = try channel.shell(#"printf '%s\n' "$1" | \#(Self.clients)/sluice-send"#, message("piped"))
    #expect(piped.status == 0, "\(piped)")
    let asked = try channel.shell(#"\#(Self.clients)/sluice-request "$1""#, message("asked"))
    #expect(asked.output == "{\"result\":\"pong\"}\n", "\(asked)")
    let large =
      #"{"method":"note","params":{"label":"\#(phase)-large","fill":"\#(String(repeating: "x", count: 60_000))"}}"#
    let filled = try channel.shell(#"\#(Self.clients)/sluice-request "$1""#, large)
    #expect(filled.output == "{\"result\":\"pong\"}\n", "\(filled.errors)")
    let functions = #". \#(Self.clients)/sluice-clients.bash; "#
    for (name, place) in [
      ("drop", " \"$DROP\""), ("file", ""),
      (phase == "run-file" ? "drop" : "fifo", phase == "run-file" ? " \"$DROP\"" : ""),
      (phase == "socket" ? "socket" : "file", ""),
    ] {
      let label = message("function-\(name)")
      let outcome = try channel.shell(functions + #"sluice_send_\#(name) "$1"\#(place)"#, label)
      #expect(outcome.status == 0, "\(outcome)")
      try channel.waitUntilHandled(label)
    }
    for label in [message("sent"), message("piped"), message("asked"), large] { try channel.waitUntilHandled(label) }
  }

  /// The clients' own tests, against a fake service.
  @Test(.timeLimit(.minutes(2))) func theClientsOwnTestsPass() throws {
    let outcome = try RunningProgram(["\(Places.repository)/Tests/clients/run"]).end(seconds: 110)
    #expect(outcome.status == 0, "\(outcome)")
  }
}
