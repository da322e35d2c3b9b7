internal import SluiceChannel
internal import SluicePolicy
internal import SluiceTransports
internal import SluiceWire

/// Who sends on which route, and how every record of theirs says so.
final class Sender {
  let route: TransportKind
  let principal: Principal
  /// The members of a record that are the same for every message of this sender, without braces.
  let members: [UInt8]

  /// For legacy drops: where they lay.
  let path: String?
  /// What its process called itself, where that was seen. A process may call itself anything.
  let program: String?

  convenience init(_ drop: Drop) {
    self.init(drop.principal, route: drop.route, path: drop.path, proof: drop.proof, program: drop.program)
  }

  init(
    _ principal: Principal, route: TransportKind, path: String? = nil, proof: ClaimProof? = nil, program: String? = nil
  ) {
    self.route = route
    self.path = path
    self.program = program
    self.principal = principal
    var text = "\"route\":\"\(route.rawValue)\",\"attestation\":\"\(principal.attestation.rawValue)\""
    if let grade = principal.grade, grade > .uid { text += ",\"grade\":\"\(grade.rawValue)\"" }
    if let uid = principal.uid { text += ",\"uid\":\(uid)" }
    if let gid = principal.gid { text += ",\"gid\":\(gid)" }
    if let pid = principal.pid { text += ",\"pid\":\(pid)" }
    if principal.isShared { text += ",\"shared\":true" }
    if let proof { text += ",\"proof\":\"\(proof.rawValue)\"" }
    var bytes = Array(text.utf8)
    if let path {
      bytes += Array(",\"path\":".utf8)
      JSONWriter.append(path, to: &bytes)
    }
    if let program {
      bytes += Array(",\"process\":".utf8)
      JSONWriter.append(program, to: &bytes)
    }
    members = bytes
  }

  /// Who is counted as the writer: nil where several may have written, since the owner then says little. Of a legacy drop
  /// the owner made the file at least, which is as much as anybody knows.
  var writer: UInt32? { principal.isShared && route != .fileDrop ? nil : principal.uid }
}
