internal import CCrypto

/// SHA-256 (FIPS 180-4) by libcrypto, over bytes that come in pieces.
@safe package final class Digest {
  private let context: OpaquePointer?
  private let algorithm: OpaquePointer?

  /// Bytes of a digest.
  package static let length = 32

  package init() {
    // Fetched once: OpenSSL 3 looks an algorithm up at every use otherwise (OSSL_PROVIDER fetching, evp(7)).
    unsafe algorithm = unsafe EVP_MD_fetch(nil, "SHA256", nil)
    unsafe context = unsafe EVP_MD_CTX_new()
    reset()
  }

  deinit {
    unsafe EVP_MD_CTX_free(context)
    unsafe EVP_MD_free(algorithm)
  }

  private func reset() {
    let ready = unsafe EVP_DigestInit_ex2(context, algorithm, nil)
    precondition(ready == 1, "libcrypto has no SHA-256")
  }

  package func update(_ bytes: UnsafeRawBufferPointer) {
    let done = unsafe EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    precondition(done == 1, "SHA-256 refused an update")
  }

  package func update(_ bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe update($0) } }

  /// The digest of all since the last one, as 64 hexadecimal digits; the next begins afresh.
  package func finish() -> String {
    var bytes = [UInt8](repeating: 0, count: Self.length)
    var length: UInt32 = 0
    let done = unsafe EVP_DigestFinal_ex(context, &bytes, &length)
    precondition(done == 1 && length == Self.length, "SHA-256 refused to finish")
    reset()
    return Hexadecimal.text(bytes)
  }

  package static func sha256(_ bytes: [UInt8]) -> String {
    let digest = Digest()
    digest.update(bytes)
    return digest.finish()
  }
}
