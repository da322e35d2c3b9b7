import SluiceChannel
import Testing

/// What a key means when it is not written.
@Suite struct ChannelFileDefaultTests {
  @Test func minimalFile() throws {
    let file = try parse("{ format: 1, channel: 'parrot-mcp' }")
    #expect(file.name.rawValue == "parrot-mcp")
    #expect(file.stem.rawValue == "mcp")
    #expect(file.access == .user)
    #expect(file.user == nil)
    #expect(file.group == nil)
    #expect(file.paths.runtime.rawValue == "/run/parrot-mcp")
    #expect(file.paths.state.rawValue == "/var/lib/sluice/parrot-mcp")
    #expect(file.paths.log.rawValue == "/var/log/sluice/parrot-mcp")
    #expect(file.legacy.input.rawValue == "/tmp/mcp_in.json")
    #expect(file.legacy.bad.rawValue == "/tmp/mcp_bad.json")
    #expect(file.legacy.writers == .members)
    #expect(file.legacy.consume == .take)
    #expect(file.legacy.linger == .seconds(2))
    #expect(file.legacy.log == nil)
    #expect(file.limits.message == 1_048_576)
    #expect(file.limits.connections == 1024)
    #expect(file.limits.perUserConnections == nil)
    #expect(file.limits.output == 4_194_304)
    #expect(file.limits.rate == nil)
    #expect(file.limits.firstByte == .seconds(60))
    #expect(file.limits.unfinished == .seconds(30))
    #expect(file.limits.stalled == .seconds(300))
    #expect(file.limits.buffers == 268_435_456)
    #expect(file.limits.calls == 1024)
    #expect(file.limits.idle == nil)
    #expect(file.handler == .builtin)
    #expect(file.socket.mode.rawValue == 0o600)
    #expect(file.socket.allowAnyone == false)
    #expect(file.socket.http == false)
    #expect(file.relay.user == nil)
    #expect(file.relay.quarantine == 67_108_864)
    #expect(file.relay.pending == 1024)
    #expect(!file.relay.isDurable)
    #expect(file.audit.mode.rawValue == 0o600)
    #expect(file.audit.seal == .milliseconds(200))
    #expect(file.sandbox == .bestEffort)
    #expect(file == ChannelFile(name: try ChannelName(parsing: "parrot-mcp")))
  }

  @Test func emptySectionsMeanTheSame() throws {
    let file = try parse(
      "{ format: 1, channel: 'a', paths: {}, legacy: {}, limits: {}, socket: {}, relay: {}, audit: {} }")
    #expect(file == ChannelFile(name: try ChannelName(parsing: "a")))
  }

  @Test func groupAccess() throws {
    let file = try parse("{ format: 1, channel: 'a', access: 'group', group: 'clients', socket: {} }")
    #expect(file.socket.mode.rawValue == 0o660)
    #expect(file.group?.rawValue == "clients")
  }

  /// Servers with streams take larger messages, unless the file says otherwise.
  @Test(arguments: [
    ("", 4_194_304), ("limits: {},", 4_194_304), ("limits: { message: '2M' },", 2_097_152),
  ])
  func stdioHandler(_ limits: String, _ message: Int) throws {
    for order in [true, false] {
      let handler = "handler: { kind: 'stdio', command: ['/bin/x', '-a'] },"
      let file = try parse("{ format: 1, channel: 'a', \(order ? limits + handler : handler + limits) }")
      guard case .stdio(let stdio) = file.handler else {
        Issue.record("no stdio handler")
        return
      }
      #expect(stdio.command.words == ["/bin/x", "-a"] && stdio.children == 128 && !stdio.spare)
      #expect(stdio.limits.deadline == .seconds(3600) && stdio.limits.linger == .seconds(5))
      #expect(stdio.limits.output == 8_388_608)
      #expect(file.limits.message.bytes == message)
    }
  }

  @Test func execHandler() throws {
    let file = try parse("{ format: 1, channel: 'a', handler: { kind: 'exec', command: ['/bin/x', '', '$HOME'] } }")
    guard case .exec(let handler) = file.handler else {
      Issue.record("no exec handler")
      return
    }
    #expect(handler.command == ["/bin/x", "", "$HOME"])
    #expect(handler.concurrency == 4)
    #expect(handler.deadline == .seconds(30))
    #expect(handler.output == 8_388_608)
  }
}

func parse(_ text: String, fileName: String = "c.json5") throws(ChannelFileError) -> ChannelFile {
  try ChannelFile.parse(bytes: Array(text.utf8), fileName: fileName)
}
