import SluiceChannel
import Testing

/// Which known key is offered for a mistyped one.
@Suite struct NearestKeyTests {
  private static let known = ["channel", "stem", "legacy", "limits", "perUserConnections", "log", "bad", "user"]

  @Test(
    arguments: [
      ("legcy", "legacy"), ("lagecy", "legacy"), ("Legacy", "legacy"), ("limit", "limits"), ("chanel", "channel"),
      ("per_user_connections", "perUserConnections"), ("usr", "user"), ("sutem", "stem"), ("lgo", "log"),
      ("completely", nil), ("x", nil), ("id", nil), ("", nil), (String(repeating: "a", count: 65), nil),
    ] as [(String, String?)])
  func hint(_ key: String, _ expected: String?) { #expect(NearestKey.hint(for: key, among: Self.known) == expected) }

  @Test(arguments: [
    ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0), ("ab", "ba", 1), ("kitten", "sitting", 3),
    ("ca", "abc", 3), ("abcd", "acbd", 1), ("a", "b", 1),
  ])
  func distance(_ left: String, _ right: String, _ expected: Int) {
    #expect(NearestKey.distance(Array(left.unicodeScalars), Array(right.unicodeScalars)) == expected)
  }
}
