import SluiceChannel
import Testing

/// Names and paths that may and may not stand in a channel file.
@Suite struct NameTests {
  @Test(arguments: ["a", "parrot-mcp", "0.9_x-y", "a.b.c", String(repeating: "z", count: 64)])
  func channelName(_ text: String) throws { #expect(try ChannelName(parsing: text).rawValue == text) }

  @Test(arguments: [
    "", ".a", "-a", "_a", "A", "a/b", "a b", "a..b", "a..", "é", "a\n", "a\0", String(repeating: "z", count: 65),
  ])
  func badChannelName(_ text: String) { #expect(throws: TextProblem.self) { try ChannelName(parsing: text) } }

  @Test(arguments: ["mcp", "MCP", "-x", "_", "a.b", "a..b", String(repeating: "z", count: 32), "controls"])
  func stem(_ text: String) throws { #expect(try FileStem(parsing: text).rawValue == text) }

  @Test(arguments: ["", ".", "..", ".mcp", "a/b", "a b", "ü", String(repeating: "z", count: 33)])
  func badStem(_ text: String) { #expect(throws: TextProblem.self) { try FileStem(parsing: text) } }

  @Test(arguments: ["control", "relay", "audit"])
  func stemOfAnotherSocket(_ text: String) {
    refuses(
      FileStem.self, text, "stem '\(text)' would give the channel's socket the name of another: '\(text).sock'")
  }

  @Test(
    arguments: [
      ("root", nil), ("_parrot", nil), ("a.b-c@example.org", nil), ("0", 0), ("1000", 1000),
      ("4294967294", 4_294_967_294), ("1000x", nil),
    ] as [(String, UInt32?)])
  func account(_ text: String, _ id: UInt32?) throws { #expect(try AccountName(parsing: text).id == id) }

  @Test(arguments: ["", "-x", ".x", "a b", "a:b", "a/b", "ö", "4294967295", "99999999999999999999", "a\0"])
  func badAccount(_ text: String) { #expect(throws: TextProblem.self) { try AccountName(parsing: text) } }

  @Test(arguments: [
    "/a", "/tmp/mcp_in.json", "/a b/ü", "/...", "/a/.b", "/\(String(repeating: "x", count: 255))",
    String(repeating: "/abcdefg", count: 511) + "/abcdef",
  ])
  func path(_ text: String) throws { #expect(try AbsolutePath(parsing: text).rawValue == text) }

  @Test(arguments: [
    ("", "path '' must be absolute"), ("tmp", "path 'tmp' must be absolute"), ("~/x", "path '~/x' must be absolute"),
    ("/", "path '/' has an empty component: a doubled or trailing '/'"),
    ("/a/", "path '/a/' has an empty component: a doubled or trailing '/'"),
    ("//a", "path '//a' has an empty component: a doubled or trailing '/'"),
    ("/a/../b", "path '/a/../b' has the component '..'; write it without"),
    ("/a/.", "path '/a/.' has the component '.'; write it without"),
    ("/a\nb", #"path '/a\u{A}b' contains a control character"#),
    ("/a\u{7F}", #"path '/a\u{7F}' contains a control character"#),
    ("/a\u{85}\u{2028}", #"path '/a\u{85}\u{2028}' contains a control character"#),
    (String(repeating: "/abcdefg", count: 512), "a path must have less than 4096 bytes; this has 4096"),
  ])
  func badPath(_ text: String, _ problem: String) { refuses(AbsolutePath.self, text, problem) }

  @Test func longComponent() {
    let error = #expect(throws: TextProblem.self) {
      try AbsolutePath(parsing: "/" + String(repeating: "x", count: 256))
    }
    #expect(error?.text.hasSuffix("…' has a component of more than 255 bytes") == true)
  }

  @Test func within() throws {
    let directory = try AbsolutePath(parsing: "/run/a")
    #expect(try AbsolutePath(parsing: "/run/a/b").isWithin(directory))
    #expect(directory.isWithin(directory))
    #expect(try !AbsolutePath(parsing: "/run/ab").isWithin(directory))
    #expect(try !AbsolutePath(parsing: "/run").isWithin(directory))
  }
}
