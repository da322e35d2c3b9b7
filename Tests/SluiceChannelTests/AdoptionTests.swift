import SluiceChannel
import Testing

/// What the variables of an existing deployment make of a channel.
@Suite struct AdoptionTests {
  private func adopt(_ environment: [String: String]) throws(EnvironmentError) -> ChannelFile {
    try ChannelFile.adopting(environment: environment, name: "a")
  }

  @Test func nothingSet() throws {
    let file = try adopt([:])
    #expect(file == ChannelFile(name: try ChannelName(parsing: "a"), legacy: LegacySettings(writers: .anyone)))
    #expect(file.limits.message == 1_048_576)
  }

  @Test(
    arguments: [
      (["PARROT_IPC_DIR": "/tmp"], "/run/a", "/tmp/mcp_in.json", "/tmp/mcp_bad.json"),
      (["PARROT_IPC_DIR": "/srv/ipc/"], "/run/a", "/srv/ipc/mcp_in.json", "/srv/ipc/mcp_bad.json"),
      (["PARROT_IPC_DIR": "/run/parrot"], "/run/parrot", "/tmp/mcp_in.json", "/tmp/mcp_bad.json"),
      (["PARROT_IPC_DIR": "/var/run/parrot//"], "/run/parrot", "/tmp/mcp_in.json", "/tmp/mcp_bad.json"),
      (["PARROT_IPC_DIR": "/run"], "/run/a", "/run/mcp_in.json", "/run/mcp_bad.json"),
      (["PARROT_IPC_DIR": "/running"], "/run/a", "/running/mcp_in.json", "/running/mcp_bad.json"),
      (["PARROT_IPC_DIR": "/srv", "PARROT_MCP_INPUT": "/x/in"], "/run/a", "/x/in", "/srv/mcp_bad.json"),
      (["PARROT_MCP_INPUT": "/x/in", "PARROT_MCP_BAD": "/x/bad"], "/run/a", "/x/in", "/x/bad"),
      (["PARROT_IPC_DIR": "/run/p", "PARROT_MCP_INPUT": "/x/in"], "/run/p", "/x/in", "/tmp/mcp_bad.json"),
      (["PARROT_IPC_DIR": "", "PARROT_MCP_INPUT": ""], "/run/a", "/tmp/mcp_in.json", "/tmp/mcp_bad.json"),
    ] as [([String: String], String, String, String)])
  func paths(_ environment: [String: String], _ runtime: String, _ input: String, _ bad: String) throws {
    let file = try adopt(environment)
    #expect(file.paths.runtime.rawValue == runtime)
    #expect(file.legacy.input.rawValue == input)
    #expect(file.legacy.bad.rawValue == bad)
    #expect(file.legacy.writers == .anyone)
    #expect(try parse(file.render()) == file)
  }

  @Test func theRest() throws {
    let file = try adopt([
      "PARROT_MAX_INPUT_SIZE": "65536", "PARROT_RATE_LIMIT": "100", "PARROT_RUN_AS_USER": "parrot",
      "PARROT_SERVER_LOG": "/var/log/parrot.log", "PARROT_COMMAND_TIMEOUT": "5", "HOME": "$(x)",
    ])
    #expect(file.limits.message == 65536)
    #expect(file.limits.rate == Rate(count: 100, period: .seconds(60)))
    #expect(file.user?.rawValue == "parrot")
    #expect(file.legacy.log?.rawValue == "/var/log/parrot.log")
    #expect(
      try adopt(["PARROT_RATE_LIMIT": "3", "PARROT_RATE_LIMIT_WINDOW": "10"]).limits.rate
        == Rate(count: 3, period: .seconds(10)))
  }

  @Test(
    arguments: [
      (["PARROT_IPC_DIR": "tmp"], "PARROT_IPC_DIR: path 'tmp' must be absolute"),
      (["PARROT_IPC_DIR": "/"], "PARROT_IPC_DIR: path '/' has an empty component: a doubled or trailing '/'"),
      (["PARROT_MCP_INPUT": "/a/../b"], "PARROT_MCP_INPUT: path '/a/../b' has the component '..'; write it without"),
      (
        ["PARROT_MAX_INPUT_SIZE": "1M"],
        "PARROT_MAX_INPUT_SIZE: must be a whole number from 1024 to 67108864, found '1M'"
      ),
      (
        ["PARROT_MAX_INPUT_SIZE": "0"], "PARROT_MAX_INPUT_SIZE: must be a whole number from 1024 to 67108864, found '0'"
      ),
      (["PARROT_RATE_LIMIT": "-1"], "PARROT_RATE_LIMIT: must be a whole number from 1 to 1000000000, found '-1'"),
      (
        ["PARROT_RATE_LIMIT_WINDOW": "60s"],
        "PARROT_RATE_LIMIT_WINDOW: must be a whole number from 1 to 31536000, found '60s'"
      ),
      (
        ["PARROT_COMMAND_TIMEOUT": "99999999999999999999"],
        "PARROT_COMMAND_TIMEOUT: must be a whole number from 1 to 604800, found '99999999999999999999'"
      ),
      (["PARROT_RUN_AS_USER": "a b"], "PARROT_RUN_AS_USER: 'a b' is not an account name or an id in digits"),
      (["PARROT_SERVER_LOG": "./parrot.log"], "PARROT_SERVER_LOG: path './parrot.log' must be absolute"),
      (["PARROT_MCP_INPUT": "/x", "PARROT_MCP_BAD": "/x"], "legacy.bad: is the same file as legacy.input"),
      (
        ["PARROT_IPC_DIR": "/run/p", "PARROT_MCP_INPUT": "/run/p/mcp_in.json"],
        "legacy.input: '/run/p/mcp_in.json' lies in '/run/p', a directory of the channel's own"
      ),
      (
        ["PARROT_MCP_BAD": "b", "PARROT_RATE_LIMIT": "x"],
        "PARROT_MCP_BAD: path 'b' must be absolute\n"
          + "PARROT_RATE_LIMIT: must be a whole number from 1 to 1000000000, found 'x'"
      ),
    ] as [([String: String], String)])
  func refused(_ environment: [String: String], _ expected: String) {
    let error = #expect(throws: EnvironmentError.self) { try adopt(environment) }
    #expect(error?.description == expected)
  }

  @Test func badName() {
    let error = #expect(throws: EnvironmentError.self) { try ChannelFile.adopting(environment: [:], name: "../x") }
    #expect(error?.description.hasPrefix("'../x' is not a channel name") == true)
  }

  @Test func overridesChangeOnlyWhatIsSet() throws {
    let file = try parse(
      """
      { format: 1, channel: 'a', user: 'u', limits: { rate: '5/s' }, legacy: { input: '/x/in', bad: '/x/bad' },
        handler: { kind: 'exec', command: ['/bin/cat'] } }
      """)
    #expect(try file.overridden(by: ["PATH": "/bin", "PARROT_RATE_LIMIT": ""]) == file)
    let changed = try file.overridden(by: [
      "PARROT_COMMAND_TIMEOUT": "7", "PARROT_RATE_LIMIT_WINDOW": "2", "PARROT_MCP_BAD": "/y",
    ])
    var expected = file
    expected.handler = .exec(
      ExecHandler(program: try AbsolutePath(parsing: "/bin/cat"), deadline: .seconds(7)))
    expected.limits.rate = Rate(count: 5, period: .seconds(2))
    expected.legacy.bad = try AbsolutePath(parsing: "/y")
    #expect(changed == expected)
    #expect(changed.legacy.writers == .members)
  }

  @Test func variablesWithoutEffect() throws {
    let environment = ["PARROT_COMMAND_TIMEOUT": "7", "PARROT_RATE_LIMIT_WINDOW": "2"]
    let file = try adopt(environment)
    #expect(
      file.variablesWithoutEffect(in: environment).map(\.description) == [
        "PARROT_COMMAND_TIMEOUT: has no effect, because the handler runs no program; set handler.deadline with it",
        "PARROT_RATE_LIMIT_WINDOW: has no effect without PARROT_RATE_LIMIT",
      ])
    #expect(file.variablesWithoutEffect(in: [:]) == [])
  }
}
