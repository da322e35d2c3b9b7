import SluiceChannel
import Testing

/// `parse` reads back what `render` wrote.
@Suite struct ChannelFileRoundTripTests {
  static func variants() throws -> [ChannelFile] {
    let plain = ChannelFile(name: try ChannelName(parsing: "parrot-mcp"))
    func changed(_ change: (inout ChannelFile) throws -> Void) rethrows -> ChannelFile {
      var file = plain
      try change(&file)
      return file
    }
    let program = try AbsolutePath(parsing: "/usr/lib/a b/\"h\\'ü\u{301}😀")
    return [
      plain,
      ChannelFile(
        name: try ChannelName(parsing: "x"), access: .group, group: try AccountName(parsing: "clients")),
      try changed { $0.stem = try FileStem(parsing: "-a..b") },
      try changed { $0.user = try AccountName(parsing: "4294967294") },
      try changed { $0.group = try AccountName(parsing: "g@example.org") },
      try changed { $0.paths.runtime = try AbsolutePath(parsing: "/run/user/1000/ü \"quoted\"/it's") },
      try changed { $0.paths.state = try AbsolutePath(parsing: "/srv/$HOME/`x`/\\n") },
      try changed { $0.paths.log = try AbsolutePath(parsing: "/log/\u{202E}x") },
      try changed { $0.legacy.input = try AbsolutePath(parsing: "/tmp/*/ /in.json") },
      changed { $0.legacy.writers = .anyone },
      changed { $0.legacy.consume = .linger },
      changed { $0.legacy.linger = TimeSpan(nanoseconds: 1_234_567_891) },
      try changed { $0.legacy.log = try AbsolutePath(parsing: "/var/log/parrot.log") },
      changed { $0.limits.message = 1025 },
      changed { $0.limits.message = 65536 },
      changed { $0.limits.connections = 65536 },
      changed { $0.limits.perUserConnections = 1 },
      changed { $0.limits.output = 1_073_741_824 },
      changed { $0.limits.rate = Rate(count: 7, period: .milliseconds(1500)) },
      changed { $0.limits.rate = Rate(count: .max, period: TimeSpan(nanoseconds: .max)) },
      changed { $0.limits.firstByte = .milliseconds(1) },
      changed { $0.limits.unfinished = .milliseconds(1) },
      changed { $0.limits.stalled = .days(7) },
      changed { $0.limits.buffers = 1_048_576 },
      changed { $0.limits.calls = 65536 },
      changed { $0.limits.idle = .days(7) },
      changed { $0.handler = .exec(ExecHandler(program: program)) },
      changed {
        $0.handler = .exec(
          ExecHandler(
            program: program,
            arguments: ["", "a\nb\t\u{1B}\u{85}\u{2028}\u{2029}\u{7F}", "\u{FEFF}x", "// no comment", "*/"],
            concurrency: 256, deadline: .milliseconds(1), output: 1024))
      },
      try changed {
        $0.handler = .stdio(
          StdioHandler(
            program: program, arguments: ["-u"], environment: [try EnvironmentEntry(parsing: "A=b=\"c\"")],
            limits: StreamLimits(
              deadline: .days(7), output: 1024, linger: .milliseconds(1),
              contents: [try ContentMethod(parsing: "a=b=tools/list")]), children: 4096, spare: true))
        // What a file without the key means, for this kind.
        $0.limits.message = 4_194_304
      },
      try changed { $0.handler = .socket(UpstreamHandler(path: program, owner: try AccountName(parsing: "parrot"))) },
      changed { $0.handler = .fileDrop(InboxHandler(path: program, mode: .ownerOnly, deadline: .days(1))) },
      changed { $0.policy.hide = true },
      changed { $0.socket = SocketSettings(mode: FileMode(rawValue: 0o666) ?? .ownerOnly, allowAnyone: true) },
      changed { $0.socket.allowAnyone = true },
      changed { $0.socket.http = true },
      try changed { $0.relay.user = try AccountName(parsing: "relay") },
      changed { $0.relay.quarantine = 0 },
      changed { $0.relay.quarantine = 1_099_511_627_776 },
      changed { $0.relay.pending = 1_000_000 },
      changed { $0.relay.isDurable = true },
      changed { $0.audit.mode = FileMode(rawValue: 0o640) ?? .ownerOnly },
      changed { $0.sandbox = .required }, changed { $0.sandbox = .off },
      changed { $0.audit.rotate = ByteCount(bytes: 1 << 20) }, changed { $0.audit.keep = 3 },
      changed { $0.audit.seal = TimeSpan(nanoseconds: 0) },
      changed { $0.policy.rules = [PolicyRuleSettings(.allow)] },
      try changed {
        $0.policy.rules = [
          PolicyRuleSettings(.deny, users: [try AccountName(parsing: "0")]),
          PolicyRuleSettings(
            .allow, name: try RuleName(parsing: "a.b-c_1"),
            users: [try AccountName(parsing: "alice"), try AccountName(parsing: "1001")],
            groups: [try AccountName(parsing: "ops")],
            executables: [
              ExecutableSettings(path: program, sha256: try SHA256Text(parsing: String(repeating: "0a", count: 32))),
              ExecutableSettings(sha256: try SHA256Text(parsing: String(repeating: "F", count: 64))),
            ], attestation: .fileOwner,
            methods: [
              try MethodPattern(parsing: "tools/*"), try MethodPattern(parsing: "resources/read:a \"b\" \\ *"),
            ],
            rate: Rate(count: 3, period: .seconds(60)), perMessageSender: true),
        ]
      },
    ]
  }

  @Test func everyVariant() throws {
    let variants = try Self.variants()
    #expect(Set(variants).count == variants.count)
    for file in variants { #expect(try parse(file.render()) == file) }
  }

  @Test func renderedTextIsForReading() throws {
    let text = ChannelFile(name: try ChannelName(parsing: "parrot-mcp")).render()
    #expect(text.hasPrefix("{\n  // A channel of sluice."))
    #expect(text.contains("\n  format: 1,\n  channel: \"parrot-mcp\",\n"))
    #expect(text.contains("\n    // rate: \"100/1m\",\n"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 && $0.last != " " })
  }

  @Test func adoptedFileSaysWhyAnyoneMayWrite() throws {
    let text = try ChannelFile.adopting(environment: [:], name: "a").render()
    #expect(text.contains("because the old deployment let them.\n"))
    #expect(text.contains("\n    writers: \"anyone\",\n"))
  }

  /// The examples of optional keys are good values: with their comment signs taken away the file still parses.
  @Test func commentedExamplesAreGood() throws {
    let text = ChannelFile(name: try ChannelName(parsing: "a")).render()
    let keys = ["user", "group", "log", "perUserConnections", "rate", "idle"]
    let lines = text.split(separator: "\n").map { line -> String in
      for key in keys {
        if let range = line.firstRange(of: "// \(key): ") { return "\(key): \(line[range.upperBound...])" }
      }
      return String(line)
    }
    let file = try parse(lines.joined(separator: "\n"))
    #expect(file.limits.rate == Rate(count: 100, period: .seconds(60)))
    #expect(file.relay.user != nil && file.user != nil && file.group != nil && file.legacy.log != nil)
    #expect(file.limits.perUserConnections != nil && file.limits.idle != nil)
  }

  @Test func everyTruncationIsAnErrorAndNoTrap() throws {
    let bytes = Array(try #require(try Self.variants().first { $0.handler.kind == .exec }).render().utf8)
    let end = try #require(bytes.lastIndex(of: UInt8(ascii: "}")))
    for count in 0...end {
      let error = #expect(throws: ChannelFileError.self) {
        try ChannelFile.parse(bytes: Array(bytes[..<count]), fileName: "c")
      }
      #expect(error?.problems.count == 1)
    }
  }

  @Test func everyFlippedByteIsNoTrap() throws {
    let bytes = Array(ChannelFile(name: try ChannelName(parsing: "a")).render().utf8)
    var refused = 0
    for index in bytes.indices {
      var broken = bytes
      broken[index] ^= 0x15
      do throws(ChannelFileError) {
        _ = try ChannelFile.parse(bytes: broken, fileName: "c")
      } catch {
        #expect(!error.problems.isEmpty)
        refused += 1
      }
    }
    #expect(refused > 0 && refused < bytes.count)
  }
}
