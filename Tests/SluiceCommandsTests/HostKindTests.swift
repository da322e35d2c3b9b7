import SluiceChannel
import Testing

@testable import SluiceCommands

@Suite struct HostKindTests {
  private static let arguments = ["connect", "--channel", "parrot-mcp"]

  @Test(arguments: [(HostKind.claude, "mcpServers"), (.cursor, "mcpServers"), (.vscode, "servers")])
  func jsonSettings(host: HostKind, key: String) throws {
    let text = host.setting(name: #"a "b""#, command: "/opt/a b/sluice", arguments: Self.arguments)
    guard case .object(let root) = try JSON5.parse(Array(text.utf8)).kind,
      case .object(let servers)? = root[key]?.kind, case .object(let one)? = servers[#"a "b""#]?.kind,
      case .string(let command)? = one["command"]?.kind, case .array(let words)? = one["args"]?.kind
    else {
      Issue.record("\(text)")
      return
    }
    #expect(command == "/opt/a b/sluice")
    #expect(words.map { if case .string(let word) = $0.kind { word } else { "" } } == Self.arguments)
    #expect((one["type"] != nil) == (host == .vscode))
  }

  @Test func tomlSetting() {
    #expect(
      HostKind.codex.setting(name: "parrot-mcp", command: "/bin/sluice", arguments: Self.arguments) == """
        [mcp_servers.parrot-mcp]
        command = "/bin/sluice"
        args = ["connect", "--channel", "parrot-mcp"]

        """)
    #expect(HostKind.codex.setting(name: "a.b", command: "", arguments: []).hasPrefix(#"[mcp_servers."a.b"]"#))
  }
}
