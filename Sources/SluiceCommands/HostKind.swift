internal import SluiceWire

/// Programs that start MCP servers, and how each is told to.
enum HostKind: String, CaseIterable, Sendable {
  case claude, vscode, cursor, codex

  /// The setting that starts a command, ready to paste.
  func setting(name: String, command: String, arguments: [String]) -> String {
    switch self {
    case .claude, .cursor: json("mcpServers", name, command, arguments, typed: false)
    case .vscode: json("servers", name, command, arguments, typed: true)
    case .codex: toml(name, command, arguments)
    }
  }

  /// Where it belongs.
  var place: String {
    switch self {
    case .claude: ".mcp.json of a project (Claude Code) or claude_desktop_config.json (Claude Desktop)"
    case .vscode: ".vscode/mcp.json of a workspace"
    case .cursor: ".cursor/mcp.json of a project, or ~/.cursor/mcp.json"
    case .codex: "~/.codex/config.toml"
    }
  }

  private func json(_ key: String, _ name: String, _ command: String, _ arguments: [String], typed: Bool) -> String {
    let type = typed ? "      \"type\": \"stdio\",\n" : ""
    return """
      {
        "\(key)": {
          \(Self.quoted(name)): {
      \(type)      "command": \(Self.quoted(command)),
            "args": \(Self.list(arguments))
          }
        }
      }

      """
  }

  private func toml(_ name: String, _ command: String, _ arguments: [String]) -> String {
    let isBare =
      !name.isEmpty
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
    return """
      [mcp_servers.\(isBare ? name : Self.quoted(name))]
      command = \(Self.quoted(command))
      args = \(Self.list(arguments))

      """
  }

  private static func list(_ texts: [String]) -> String { "[\(texts.map(quoted).joined(separator: ", "))]" }

  /// As JSON has it; a TOML basic string is escaped alike.
  private static func quoted(_ text: String) -> String {
    var bytes: [UInt8] = []
    JSONWriter.append(text, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
