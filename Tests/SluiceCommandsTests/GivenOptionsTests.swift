import Testing

@testable import SluiceCommands

/// Commands that are suggested name the channel as the user did.
@Suite struct GivenOptionsTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let text: String
    let given: [String: [String]]
    let wanted: String
    var testDescription: String { text }
  }

  private static let root = ["root": ["/x"]]
  private static let all = ["root": ["/x"], "channel": ["parrot"], "migrations": ["/m"], "json": [""]]

  static let rows: [Row] = [
    Row(text: "sluice verify", given: [:], wanted: "sluice verify"),
    Row(text: "sluice verify", given: root, wanted: "sluice verify --root /x"),
    Row(text: "see: sluice status.", given: root, wanted: "see: sluice status --root /x."),
    Row(text: "sluice plan --to fifo", given: root, wanted: "sluice plan --root /x --to fifo"),
    Row(
      text: "start \"sluice serve\" and \"sluice relay\"", given: root,
      wanted: "start \"sluice serve --root /x\" and \"sluice relay --root /x\""),
    Row(text: "'sluice status', wait", given: root, wanted: "'sluice status --root /x', wait"),
    Row(text: "run sluice retire again", given: root, wanted: "run sluice retire --root /x again"),
    Row(text: "(sluice relay)", given: root, wanted: "(sluice relay --root /x)"),
    Row(text: "sluice audit show --id 7", given: root, wanted: "sluice audit show --root /x --id 7"),
    Row(text: "sluice audit", given: root, wanted: "sluice audit --root /x"),
    Row(text: "first\nsluice clients\n", given: root, wanted: "first\nsluice clients --root /x\n"),
    // No commands.
    Row(text: "if sluice made it", given: root, wanted: "if sluice made it"),
    Row(text: "sluice serve: ready", given: root, wanted: "sluice serve: ready"),
    Row(text: "/opt/sluice status", given: root, wanted: "/opt/sluice status"),
    Row(text: "my-sluice status", given: root, wanted: "my-sluice status"),
    Row(text: "sluice statuses", given: root, wanted: "sluice statuses"),
    Row(text: "sluice status/x", given: root, wanted: "sluice status/x"),
    Row(text: "see sluice help handlers", given: root, wanted: "see sluice help handlers"),
    Row(text: "sluice ", given: root, wanted: "sluice "),
    Row(text: "sluice", given: root, wanted: "sluice"),
    // What a command takes, and names itself.
    Row(text: "sluice plan", given: all, wanted: "sluice plan --channel parrot --root /x --migrations /m"),
    Row(text: "sluice status", given: all, wanted: "sluice status --channel parrot --root /x"),
    Row(
      text: "sluice serve --channel parrot, then sluice status", given: all,
      wanted: "sluice serve --root /x --channel parrot, then sluice status --channel parrot --root /x"),
    Row(text: "sluice plan --root /y", given: root, wanted: "sluice plan --root /y"),
    Row(
      text: "sluice relay --channel parrot", given: ["config": ["/c.json5"]], wanted: "sluice relay --config /c.json5"),
    Row(
      text: "sluice relay; sluice serve --channel p", given: ["config": ["/c.json5"], "channel": ["p"]],
      wanted: "sluice relay --config /c.json5; sluice serve --config /c.json5"),
    Row(
      text: "make it with: sluice init", given: ["config": ["/c.json5"], "channel": ["p"]],
      wanted: "make it with: sluice init --config /c.json5 --channel p"),
    // As words of a shell.
    Row(text: "sluice verify", given: ["root": ["/a b"]], wanted: "sluice verify --root '/a b'"),
    Row(text: "sluice verify", given: ["root": ["/it's"]], wanted: #"sluice verify --root '/it'\''s'"#),
    Row(text: "sluice verify", given: ["root": ["/$HOME;x"]], wanted: "sluice verify --root '/$HOME;x'"),
    Row(text: "sluice verify", given: ["root": ["/a\nb"]], wanted: #"sluice verify --root $'/a\x0ab'"#),
    Row(text: "sluice verify", given: ["root": ["/a", "/b"]], wanted: "sluice verify --root /b"),
    Row(text: "sluice verify", given: ["root": ["/sluice verify"]], wanted: "sluice verify --root '/sluice verify'"),
  ]

  @Test(arguments: rows) func completes(row: Row) {
    #expect(GivenOptions(row.given).completing(row.text) == row.wanted)
  }
}
