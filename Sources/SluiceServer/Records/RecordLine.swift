internal import SluiceChannel
internal import SluicePolicy
internal import SluiceWire

/// The audit record of one message's end, as one JSON line.
///
/// Written by hand into a buffer that is used again, because one is written for every message: names and order are
/// fixed, so that a record reads the same everywhere and replay finds what it needs.
enum RecordLine {
  /// The part that is the same for every message of a peer: who it is and how that is known.
  static func whoPart(_ route: TransportKind, _ principal: Principal) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(contentsOf: "\"route\":\"\(route.rawValue)\",\"attestation\":\"\(principal.attestation.rawValue)\"".utf8)
    if let uid = principal.uid { bytes.append(contentsOf: ",\"uid\":\(uid)".utf8) }
    if let gid = principal.gid { bytes.append(contentsOf: ",\"gid\":\(gid)".utf8) }
    if let pid = principal.pid { bytes.append(contentsOf: ",\"pid\":\(pid)".utf8) }
    if principal.isShared { bytes.append(contentsOf: ",\"shared\":true".utf8) }
    return bytes
  }

  static func begin(_ line: inout [UInt8], sequence: Int64) {
    line.removeAll(keepingCapacity: true)
    append("{\"seq\":", to: &line)
    JSONWriter.append(sequence, to: &line)
  }

  static func time(_ time: [UInt8], event: StaticString, to line: inout [UInt8]) {
    append(",\"time\":\"", to: &line)
    line.append(contentsOf: time)
    append("\",\"event\":\"", to: &line)
    append(event, to: &line)
    line.append(UInt8(ascii: "\""))
  }

  static func append(_ text: StaticString, to line: inout [UInt8]) {
    unsafe line.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  static func member(_ name: StaticString, _ value: String, to line: inout [UInt8]) {
    key(name, to: &line)
    JSONWriter.append(value, to: &line)
  }

  static func member(_ name: StaticString, _ value: Int64, to line: inout [UInt8]) {
    key(name, to: &line)
    JSONWriter.append(value, to: &line)
  }

  private static func key(_ name: StaticString, to line: inout [UInt8]) {
    append(",\"", to: &line)
    append(name, to: &line)
    append("\":", to: &line)
  }
}
