import SluiceChannel
import Testing

/// Paths, phases and transports.
@Suite struct LayoutTests {
  private func channel() throws -> ChannelFile {
    var channel = ChannelFile(name: try ChannelName(parsing: "parrot-mcp"))
    channel.legacy.log = try AbsolutePath(parsing: "/var/log/old.log")
    return channel
  }

  @Test(
    arguments: [(nil, ""), ("", ""), ("/", ""), ("/r", "/r"), ("/r//", "/r"), ("/a b/ü", "/a b/ü")]
      as [(String?, String)])
  func everyPath(_ root: String?, _ prefix: String) throws {
    let layout = ChannelLayout(channel: try channel(), root: root)
    let paths = [
      layout.runtimeDirectory, layout.lockFile, layout.runFile, layout.claimedDirectory, layout.fifo, layout.socket,
      layout.repliesDirectory, layout.controlSocket, layout.relaySocket, layout.auditSocket, layout.endpoint,
      layout.stateDirectory, layout.database, layout.spoolDirectory, layout.quarantineDirectory, layout.migrationLock,
      layout.logDirectory, layout.auditLog, layout.relayLog, layout.legacyInput, layout.legacyBad,
      layout.legacyLog ?? "none", ChannelLayout.channelFile(name: try ChannelName(parsing: "parrot-mcp"), root: root),
    ]
    let expected = [
      "/run/parrot-mcp", "/run/parrot-mcp/mcp.lock", "/run/parrot-mcp/mcp_in.json", "/run/parrot-mcp/claimed",
      "/run/parrot-mcp/mcp.fifo", "/run/parrot-mcp/mcp.sock", "/run/parrot-mcp/replies",
      "/run/parrot-mcp/control.sock", "/run/parrot-mcp/relay.sock", "/run/parrot-mcp/audit.sock",
      "/run/parrot-mcp/endpoint", "/var/lib/sluice/parrot-mcp", "/var/lib/sluice/parrot-mcp/state.db",
      "/var/lib/sluice/parrot-mcp/spool", "/var/lib/sluice/parrot-mcp/quarantine",
      "/var/lib/sluice/parrot-mcp/migration.lock", "/var/log/sluice/parrot-mcp",
      "/var/log/sluice/parrot-mcp/audit.jsonl", "/var/log/sluice/parrot-mcp/relay.jsonl", "/tmp/mcp_in.json",
      "/tmp/mcp_bad.json", "/var/log/old.log", "/etc/sluice/parrot-mcp.json5",
    ]
    #expect(paths == expected.map { prefix + $0 })
  }

  @Test func namesFollowTheStem() throws {
    let names = RuntimeNames(stem: try FileStem(parsing: "x.y"))
    #expect(
      [names.lockFile, names.runFile, names.fifo, names.socket] == ["x.y.lock", "x.y_in.json", "x.y.fifo", "x.y.sock"])
  }

  @Test func reservedStemsAreExactlyThoseThatCollide() throws {
    let names = RuntimeNames(stem: .standard)
    let fixed = [
      names.claimedDirectory, names.repliesDirectory, names.controlSocket, names.relaySocket, names.auditSocket,
      names.endpoint,
    ]
    let colliding = fixed.compactMap { $0.hasSuffix(".sock") ? String($0.dropLast(5)) : nil }
    #expect(Set(colliding) == FileStem.reserved)
    #expect(fixed.allSatisfy { name in ![".lock", "_in.json", ".fifo"].contains { name.hasSuffix($0) } })
  }

  @Test(
    arguments: [
      (Phase.fileDrop, 0, "file-drop", TransportKind.fileDrop, []),
      (.runFile, 1, "run-file", .runFile, [.runFile]),
      (.fifo, 2, "fifo", .fifo, [.runFile, .fifo]),
      (.socket, 3, "socket", .socket, [.runFile, .fifo, .socket]),
      (.retired, 4, "retired", .socket, [.runFile, .fifo, .socket]),
    ] as [(Phase, Int, String, TransportKind, [TransportKind])])
  func phase(_ phase: Phase, _ digit: Int, _ name: String, _ primary: TransportKind, _ open: [TransportKind]) {
    #expect(phase.rawValue == digit)
    #expect(phase.name == name)
    #expect(Phase(name) == phase)
    #expect(Phase("\(digit)") == phase)
    #expect(phase.primaryTransport == primary)
    #expect(phase.openTransports == open)
  }

  @Test(arguments: ["", "5", "-1", "00", "01", "Socket", "sock", " fifo", "fileDrop"])
  func noPhase(_ text: String) { #expect(Phase(text) == nil) }

  @Test func transportNames() {
    #expect(TransportKind.allCases.map(\.rawValue) == ["file-drop", "run-file", "fifo", "socket"])
    #expect(Phase.allCases == Phase.allCases.sorted())
  }
}
