internal import CCrypto

/// SHA-256 (FIPS 180-4) by libcrypto, over bytes that come in pieces.
package final class Digest {
  private var context = SHA256_CTX()

  /// Bytes of a digest.
  package static let length = 32

  package init() { reset() }

  private func reset() {
    let ready = unsafe SHA256_Init(&context)
    precondition(ready == 1, "libcrypto has no SHA-256")
  }

  /// The digest of all since the last one, as 64 hexadecimal digits; it can go on.
  package func soFar() -> String {
    var copy = context
    return Self.finish(&copy)
  }

  package func update(_ bytes: UnsafeRawBufferPointer) {
    let done = unsafe SHA256_Update(&context, bytes.baseAddress, bytes.count)
    precondition(done == 1, "SHA-256 refused an update")
  }

  package func update(_ bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe update($0) } }

  /// The digest of all since the last one, as 64 hexadecimal digits; the next begins afresh.
  package func finish() -> String {
    let text = Self.finish(&context)
    reset()
    return text
  }

  private static func finish(_ context: inout SHA256_CTX) -> String {
    var bytes = [UInt8](repeating: 0, count: length)
    let done = unsafe SHA256_Final(&bytes, &context)
    precondition(done == 1, "SHA-256 refused to finish")
    return Hexadecimal.text(bytes)
  }

  package static func sha256(_ bytes: [UInt8]) -> String {
    let digest = Digest()
    digest.update(bytes)
    return digest.finish()
  }
}
