import SluiceChannel
import SluiceSystem
import Testing

/// What a scenario looks at.
extension Rehearsal {
  func status() throws -> JSON5Object { try JSONText.object(try sluice("--json", "status").output) }

  /// The audit records of an event.
  func events(_ event: String) throws -> [JSON5Object] {
    try sluice("audit", "show", "--event", event).lines.map { try JSONText.object($0) }
  }

  /// What the relay has claimed and not let go of, by name.
  var claims: [String] {
    get throws { try Files.names("\(root)/tmp/.parrot-mcp-relay-\(Process.effectiveUser)/claims") }
  }

  /// The relay's copies.
  var spooled: [String] { get throws { try Files.names("\(state)/spool").filter { $0.hasPrefix("m") } } }

  /// One of a route's counts in the ledger.
  func count(_ route: String, _ key: String) throws -> Int64 {
    try status().objects("routes").first { $0.text("route") == route }?.number(key) ?? 0
  }

  /// Waits until the recording handler got the line, and says how often it did.
  func waitUntilHandled(_ line: String) throws {
    try eventually("handled: \(line); record: \((try? Files.text(record))?.suffix(500) ?? "")") {
      try Files.lines(record).contains(line)
    }
  }

  /// Everything is as declared and the ledger equals the log counted anew. Where the scenario killed the relay, the time
  /// without it is the one thing that is not proven.
  func expectProven(_ location: SourceLocation = #_sourceLocation) throws {
    let outcome = try sluice("--json", "verify")
    for finding in try JSONText.object(outcome.output).objects("findings")
    where finding.text("section") != "coverage" {
      #expect(finding.text("verdict") == "proven", "\(outcome)", sourceLocation: location)
    }
    #expect(outcome.status == 0 || outcome.status == 3, "\(outcome)", sourceLocation: location)
    let chain = try sluice("audit", "verify")
    #expect(chain.status == 0, "\(chain)", sourceLocation: location)
  }

  /// As `expectProven` for a server of `--phase`, which no migration led to: the log is whole, the ledger equals it and
  /// lacks nothing of it.
  func expectBalanced(_ location: SourceLocation = #_sourceLocation) throws {
    let chain = try sluice("audit", "verify")
    #expect(chain.status == 0, "\(chain)", sourceLocation: location)
    var ended: Int64 = 0
    try eventually("the ledger counts \(ended) messages, as the log does") {
      ended = 0
      for event in ["handled", "failed", "rejected", "quarantined"] { ended += Int64(try events(event).count) }
      return try status().objects("routes").reduce(0) { $0 + ($1.number("accepted") ?? 0) } == ended
    }
    let outcome = try sluice("--json", "verify")
    for finding in try JSONText.object(outcome.output).objects("findings")
    where finding.text("verdict") == "violated" || finding.text("subject") == "ledger" {
      #expect(finding.text("verdict") == "proven", "\(outcome)", sourceLocation: location)
    }
  }

  // MARK: Handlers

  /// Settings of an exec handler that runs a shell script; `$1` is the record.
  func scriptHandler(_ script: String, more: String = "") throws -> String {
    try Files.write("\(root)/handler.sh", script)
    return #"handler: { kind: "exec", command: ["/bin/sh", "\#(root)/handler.sh", "\#(record)"], \#(more) },"#
  }

  /// Uses a handler that writes down what it got, byte for byte, and answers pong.
  func useRecordingHandler(more: String = "") throws {
    try configure(try scriptHandler(#"cat >>"$1"; echo '{"result":"pong"}'"# + "\n") + more)
  }

  /// Sends bytes over one connection with socat, half-closes, and gives what came back.
  func socat(_ text: String) throws -> Outcome {
    try RunningProgram(
      ["socat", "-t", "20", "-", "UNIX-CONNECT:\(socket)"], input: Array(text.utf8)
    ).end()
  }
}
