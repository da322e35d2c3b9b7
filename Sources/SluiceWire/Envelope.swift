/// Facts beside a message, under the reserved key `sluice`: `{"sluice":{...},"message":{...}}`.
///
/// Reading one gives it no authority: whether a fact is honoured is decided by who sent it.
package struct Envelope: Equatable, Sendable {
  /// The original writer as the relay saw it.
  package struct Origin: Equatable, Sendable {
    package var uid: UInt32
    package var gid: UInt32
    /// Permission bits of the dropped file.
    package var mode: UInt32
    /// How well the owner says who wrote: `owner`, `shared` or `none`.
    package var attestation: String
    package var path: String
    /// What the writing process called itself; a hint.
    package var program: String?

    package init(uid: UInt32, gid: UInt32, mode: UInt32, attestation: String, path: String, program: String? = nil) {
      self.uid = uid
      self.gid = gid
      self.mode = mode
      self.attestation = attestation
      self.path = path
      self.program = program
    }
  }

  package var claim: String?
  package var reply: String?
  package var canary: String?
  package var control: String?
  package var origin: Origin?
  /// How it is known that the message is what one writer wrote, in the relay's word for it.
  package var proof: String?
  /// SHA-256 over the inner message's own bytes, in hexadecimal digits: shows that no other writer's bytes are among
  /// them, where a transport cannot keep writers apart.
  package var digest: String?
  /// Where the inner message stands in the envelope's bytes; nil when there is none.
  package var message: Range<Int>?

  package init() {}

  /// Whether it says what only the relay may say, and only to the server.
  package var isVouching: Bool { claim != nil || origin != nil || control != nil || proof != nil }

  /// A token is a file name chosen by a peer: letters, digits, `-`, `_` and `.`, not hidden, at most 64 bytes.
  package static func isToken(_ text: String) -> Bool {
    let bytes = text.utf8
    guard let first = bytes.first, bytes.count <= 64, first != UInt8(ascii: ".") else { return false }
    return bytes.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        true
      default: false
      }
    }
  }

  /// The bytes of an envelope around a message, whose own bytes are kept as they are.
  package func wrap(_ inner: [UInt8]) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.beginObject("sluice")
    if let claim { json.member("claim", claim) }
    if let reply { json.member("reply", reply) }
    if let canary { json.member("canary", canary) }
    if let control { json.member("control", control) }
    if let proof { json.member("proof", proof) }
    if let digest { json.member("sha256", digest) }
    if let origin {
      json.beginObject("origin")
      json.member("uid", Int64(origin.uid))
      json.member("gid", Int64(origin.gid))
      json.member("mode", Int64(origin.mode))
      json.member("attestation", origin.attestation)
      json.member("path", origin.path)
      if let program = origin.program { json.member("program", program) }
      json.endObject()
    }
    json.endObject()
    json.member("message", raw: inner)
    json.endObject()
    return json.bytes
  }
}
