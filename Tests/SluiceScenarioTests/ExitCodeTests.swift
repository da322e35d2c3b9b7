import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// Every exit code, each by a real run, and every refusal with what failed, where, why, and what to do next.
@Suite(.serialized, .printsLogs)
struct ExitCodeTests {
  /// The codes of `sluice help COMMAND`.
  private static let all: Set<Int32> = [0, 1, 2, 3, 4, 5, 6, 64, 65, 69, 75, 76, 77, 78]

  private func expect(
    _ outcome: Outcome, _ status: Int32, _ produced: inout Set<Int32>, _ parts: String...,
    location: SourceLocation = #_sourceLocation
  ) {
    #expect(outcome.status == status, "\(outcome)", sourceLocation: location)
    for part in parts { #expect(outcome.errors.contains(part), "\(part): \(outcome)", sourceLocation: location) }
    // A sentence of ours, and not what a crash would print.
    #expect(
      parts.isEmpty || outcome.errors.split(separator: "\n").contains { $0.hasPrefix("sluice: ") }, "\(outcome)",
      sourceLocation: location)
    produced.insert(outcome.status)
  }

  @Test func everyCodeIsProduced() throws {
    var produced: Set<Int32> = []
    try Rehearsal.run { channel in
      let listed = try channel.sluice("help", "apply").lines.drop { $0 != "Exit codes:" }.dropFirst()
        .compactMap { $0.split(separator: " ").first.flatMap { Int32($0) } }
      #expect(Set(listed) == Self.all, "help lists \(listed)")
      try withoutServices(channel, &produced)
      try withServices(channel, &produced)
    }
    #expect(produced == Self.all, "not produced: \(Self.all.subtracting(produced).sorted())")
  }

  private func withoutServices(_ channel: Rehearsal, _ produced: inout Set<Int32>) throws {
    expect(try channel.sluice("plan"), 0, &produced)
    expect(try channel.sluice("plan", "--exit-code"), 2, &produced)
    expect(
      try channel.sluice("init", "--channel", "parrot-mcp"), 1, &produced, channel.channelFile, "exists already",
      "edit it, or remove it first")
    expect(try channel.sluice("apply"), 64, &produced, "nobody is there to ask", "give --yes")
    expect(
      try channel.sluice("apply", "--yes"), 69, &produced, "\(channel.runtime)/control.sock", "no server answers",
      "sluice serve")
    expect(try channel.sluice("send", "{"), 65, &produced, "not a JSON text", "nothing was sent")
    let text = try Files.text(channel.channelFile)
    try Files.write(channel.channelFile, "{ format: 1, chanel: \"x\" }")
    expect(
      try channel.sluice("status"), 78, &produced, "\(channel.channelFile):1:14: chanel", "unknown key",
      "did you mean 'channel'?")
    try Files.write(channel.channelFile, text)
    let path = "\(channel.root)/other.sock"
    let stranger = try RunningProgram(
      ["socat", "UNIX-LISTEN:\(path)", "SYSTEM:seq 40; sleep 5"], keepsInput: true)
    try eventually("it listens") { try Files.exists(path) }
    let connected = try RunningProgram(
      channel.words(["connect", "--socket", path]), keepsInput: true
    ).end()
    expect(connected, 76, &produced)
    stranger.kill()
  }

  private func withServices(_ channel: Rehearsal, _ produced: inout Set<Int32>) throws {
    let server = try channel.serve()
    try channel.relay()
    try channel.waitForRelay()
    expect(try channel.sluice("serve"), 75, &produced, "another server", "process \(server.pid)")
    try lockHeld(channel, &produced)
    // No host sees a thousand probes within a millisecond each.
    let manifest = "\(channel.root)/migrations/0001-run-files.json5"
    let text = try Files.text(manifest)
    try Files.write(
      manifest,
      text.replacing("canaries: 10", with: "canaries: 1000").replacing(#"latency: "2s""#, with: #"latency: "1ms""#))
    expect(
      try channel.sluice("apply", "--yes"), 3, &produced, "probe", "through", "was not seen within 1 ms", "rolled back")
    try Files.write(manifest, text)
    try channel.apply("run-file")
    try Files.write(channel.fifo, "precious")
    expect(
      try channel.sluice("apply", "--yes"), 4, &produced, channel.fifo, "is a regular file, not a FIFO", "move it away")
    try Files.remove(channel.fifo)
    _ = try channel.shell("chmod 0777 $ROOT/run")
    expect(try channel.sluice("send", #"{"method":"ping"}"#), 77, &produced, "\(channel.root)/run")
    _ = try channel.shell("chmod 0755 $ROOT/run")
    // A record that goes missing behind the chain's back.
    _ = try RunningProgram([
      "python3", "-c",
      "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('UPDATE ledger SET canaries=canaries+1'); c.commit()",
      "\(channel.state)/state.db",
    ]).end()
    let violated = try channel.sluice("verify")
    expect(violated, 5, &produced)
    #expect(violated.output.contains("verdict  violated") && violated.output.contains("next "), "\(violated)")
  }

  private func lockHeld(_ channel: Rehearsal, _ produced: inout Set<Int32>) throws {
    let lock = "\(channel.state)/migration.lock"
    let holder = try RunningProgram(
      [
        "python3", "-c",
        """
        import fcntl, sys
        f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); f.write('process 12 (apply)'); f.flush()
        print('held', flush=True); sys.stdin.read()
        """, lock,
      ], keepsInput: true)
    try holder.until("it has the lock") { $0 == "held\n" }
    expect(
      try channel.sluice("apply", "--yes"), 6, &produced, "another run holds \(lock)", "process 12 (apply)", "wait")
    holder.kill()
  }
}
