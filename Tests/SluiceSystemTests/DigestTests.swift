import SluiceSystem
import Testing

/// SHA-256 by the examples of FIPS 180-4.
@Suite struct DigestTests {
  @Test(
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func knownText(_ text: String, _ expected: String) { #expect(Digest.sha256(Array(text.utf8)) == expected) }

  @Test(arguments: [1, 63, 64, 65, 999_999]) func aMillionInPieces(_ size: Int) {
    let digest = Digest()
    var left = 1_000_000
    while left > 0 {
      digest.update([UInt8](repeating: UInt8(ascii: "a"), count: min(size, left)))
      left -= size
    }
    #expect(digest.finish() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    // The next one begins afresh.
    #expect(digest.finish() == Digest.sha256([]))
  }

  @Test func tokensAreHexadecimalAndDiffer() {
    let tokens = (0..<100).map { _ in Random.token(bytes: 8) }
    #expect(Set(tokens).count == 100)
    #expect(tokens.allSatisfy { $0.count == 16 && $0.allSatisfy(\.isHexDigit) })
    #expect(Hexadecimal.text([0, 15, 16, 255]) == "000f10ff")
  }
}
