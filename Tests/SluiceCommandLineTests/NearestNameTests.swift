import Testing

@testable import SluiceCommandLine

struct NearestNameTests {
  static let names = ["init", "status", "history", "retire", "relay", "rollback", "send", "serve", "scan", "no"]

  @Test(arguments: [
    ("hist", "history"), ("statsu", "status"), ("retrie", "retire"), ("sned", "send"), ("rol", "rollback"),
    ("se", nil), ("s", nil), ("", nil), ("xyzzy", nil), ("on", "no"), ("servee", "serve"),
  ])
  func finds(_ word: String, _ expected: String?) {
    #expect(NearestName.find(word, among: Self.names) == expected)
  }

  @Test(arguments: [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("ab", "ba", 1), ("ca", "abc", 3)])
  func distances(_ from: String, _ to: String, _ expected: Int) {
    #expect(NearestName.distance(Array(from.unicodeScalars), Array(to.unicodeScalars)) == expected)
    #expect(NearestName.distance(Array(to.unicodeScalars), Array(from.unicodeScalars)) == expected)
  }
}
