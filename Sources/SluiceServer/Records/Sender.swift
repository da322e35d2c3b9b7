internal import SluiceChannel
internal import SluicePolicy

/// Who sends on which route, and how every record of theirs says so.
final class Sender {
  let route: TransportKind
  let principal: Principal
  /// The members of a record that are the same for every message of this sender, without braces.
  let members: [UInt8]

  init(_ principal: Principal, route: TransportKind) {
    self.route = route
    self.principal = principal
    var text = "\"route\":\"\(route.rawValue)\",\"attestation\":\"\(principal.attestation.rawValue)\""
    if let grade = principal.grade, grade > .uid { text += ",\"grade\":\"\(grade.rawValue)\"" }
    if let uid = principal.uid { text += ",\"uid\":\(uid)" }
    if let gid = principal.gid { text += ",\"gid\":\(gid)" }
    if let pid = principal.pid { text += ",\"pid\":\(pid)" }
    if principal.isShared { text += ",\"shared\":true" }
    members = Array(text.utf8)
  }
}
