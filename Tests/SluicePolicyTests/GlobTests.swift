import SluicePolicy
import Testing

/// Patterns of methods and targets.
@Suite struct GlobTests {
  @Test(
    arguments: [
      ("ping", "ping", true), ("ping", "pin", false), ("ping", "pingx", false), ("ping", "Ping", false),
      ("ping", "", false), ("*", "", true), ("*", "anything at all", true), ("**", "x", true),
      ("tools/*", "tools/", true), ("tools/*", "tools/call", true), ("tools/*", "tools", false),
      ("tools/*", "xtools/call", false), ("*/list", "tools/list", true), ("*/list", "/list", true),
      ("*/list", "tools/listed", false), ("a*b", "ab", true), ("a*b", "axxb", true), ("a*b", "a", false),
      ("a*b", "b", false), ("aa*aa", "aaa", false), ("aa*aa", "aaaa", true), ("a*b*c", "abc", true),
      ("a*b*c", "axbxc", true), ("a*b*c", "acb", false), ("*ab*ab*", "abab", true), ("*ab*ab*", "aab", false),
      ("*aab*", "aaab", true), ("*abab*", "ababab", true), ("*abcabd*", "abcabcabd", true), ("ü*", "über", true),
      ("?", "x", false), ("[a]", "a", false), ("a\\*", "a\\b", true),
    ] as [(String, String, Bool)])
  func table(_ pattern: String, _ text: String, _ expected: Bool) {
    #expect(Glob(pattern).matches(text) == expected)
  }

  /// What makes a backtracking matcher run for ever, and a naive search for minutes.
  @Test(.timeLimit(.minutes(1))) func hardPatternsTakeLinearTime() {
    let text = String(repeating: "a", count: 1 << 16)
    #expect(!Glob(String(repeating: "a*", count: 100) + "b*").matches(text))
    #expect(!Glob("*" + String(repeating: "a", count: 200) + "b*").matches(text))
    #expect(Glob(String(repeating: "*a", count: 128)).matches(text))
  }

  @Test(
    arguments: [
      ("ping", "ping", nil, true), ("tools/call", "tools/call", "search", true),
      ("tools/call:search", "tools/call", "search", true), ("tools/call:search", "tools/call", "searches", false),
      ("tools/call:search", "tools/call", nil, false), ("tools/call:search", "tools/call:search", nil, false),
      ("tools/call:*", "tools/call", nil, true), ("tools/call:db_*", "tools/call", "db_read", true),
      ("tools/call:db_*", "tools/call", "xdb_read", false), ("tools/*", "tools/call", "search", true),
      ("*:search", "tools/call", "search", true), ("*:search", "prompts/get", "search", true),
      ("resources/read:file:///srv/*", "resources/read", "file:///srv/a", true),
      ("resources/read:file:///srv/*", "resources/read", "file:///etc/passwd", false),
      ("*", "anything", nil, true),
    ] as [(String, String, String?, Bool)])
  func calls(_ pattern: String, _ method: String, _ target: String?, _ expected: Bool) {
    #expect(CallPattern(pattern).matches(Call(method: method, target: target)) == expected)
  }

  @Test(arguments: [("*", true), ("**", true), ("*:*", true), ("tools/*", false), ("*:x", false), ("", false)])
  func whatMatchesEverything(_ pattern: String, _ expected: Bool) {
    #expect(CallPattern(pattern).isAnything == expected)
  }
}
