/// What relay and server say to each other over `relay.sock`: one JSON line each.
///
/// The relay sends messages as envelopes (`{"sluice":{"claim":ID,"origin":{...}},"message":{...}}`), and reports. The
/// server answers each with its outcome, which lets the relay remove its copy; an id that it knows already is answered
/// without acting.
package enum RelayWords {
  /// Most ids of one line: what a spool can hold must not exceed the server's limit for a line.
  package static let idsALine = 500

  /// Relay to server, first: every id that it may still send, in as many lines as that takes. The server forgets all
  /// others when it has the last line, which is the one without `"more":true`.
  package static func hello(pending: [String], isHolding: Bool) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var start = 0
    repeat {
      let end = min(start + idsALine, pending.count)
      var json = JSONWriter()
      json.beginObject()
      json.member("relay", start == 0 ? "hello" : "ids")
      if start == 0 { json.member("holding", isHolding) }
      json.beginArray("pending")
      for id in pending[start..<end] { json.element(id) }
      json.endArray()
      json.member("more", end < pending.count)
      json.endObject()
      lines.append(json.bytes)
      start = end
    } while start < pending.count
    return lines
  }

  /// Relay to server: how many claims and messages it holds, whether it leaves drops in their slots, and which ids can
  /// never come again because it has removed its copies.
  package static func report(pending: Int, isHolding: Bool, isReturning: Bool = false, gone: [String]) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("relay", "report")
    json.member("pending", pending)
    json.member("holding", isHolding)
    json.member("returning", isReturning)
    json.beginArray("gone")
    for id in gone { json.element(id) }
    json.endArray()
    json.endObject()
    return json.bytes
  }

  /// Relay to server: a claim that was no message, kept in quarantine.
  /// - Parameter path: where it lay.
  package static func quarantined(
    id: String, origin: Envelope.Origin?, path: String, byteCount: Int, reason: String
  ) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("relay", "quarantined")
    json.member("id", id)
    json.member("path", path)
    json.member("bytes", byteCount)
    json.member("reason", reason)
    if let origin {
      json.member("uid", Int64(origin.uid))
      json.member("gid", Int64(origin.gid))
      json.member("attestation", origin.attestation)
      if let program = origin.program { json.member("program", program) }
    }
    json.endObject()
    return json.bytes
  }

  /// Relay to server: a time in which drops may have come and gone unseen; nanoseconds since 1970.
  package static func gap(id: String, from: Int64, to: Int64, reason: String) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("relay", "gap")
    json.member("id", id)
    json.member("from", from)
    json.member("to", to)
    json.member("reason", reason)
    json.endObject()
    return json.bytes
  }

  /// Server to relay: this id's outcome is durable.
  /// - Parameter reply: the line that answers it, for whoever looks for one in a file.
  package static func settled(id: String, reply: [UInt8]? = nil) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("settled", id)
    if let reply { json.member("reply", String(decoding: reply, as: UTF8.self)) }
    json.endObject()
    return json.bytes + [UInt8(ascii: "\n")]
  }

  /// The id of a line that `settled` made; nil for any other.
  package static func settledID(_ line: [UInt8]) -> String? {
    guard line.count >= settledBegin.count + 2, line.starts(with: settledBegin),
      line.suffix(2).elementsEqual("\"}".utf8)
    else { return nil }
    let id = line[settledBegin.count..<line.count - 2]
    // Nothing that an id holds is ever escaped.
    guard id.allSatisfy({ $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") && $0 >= 0x20 }) else { return nil }
    return String(decoding: id, as: UTF8.self)
  }
  private static let settledBegin = Array("{\"settled\":\"".utf8)

  /// Relay to server: these messages are to go elsewhere; the server forgets those that no handler has seen.
  package static func withdraw(_ ids: [String]) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("relay", "withdraw")
    json.beginArray("ids")
    for id in ids { json.element(id) }
    json.endArray()
    json.endObject()
    return json.bytes
  }

  /// Server to relay, for each `withdraw`: nothing comes of these here any more; the others are the server's, and are to
  /// be sent to it as ever.
  package static func withdrawn(_ ids: [String], kept: [String]) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.beginArray("withdrawn")
    for id in ids { json.element(id) }
    json.endArray()
    json.beginArray("kept")
    for id in kept { json.element(id) }
    json.endArray()
    json.endObject()
    return json.bytes + [UInt8(ascii: "\n")]
  }

  /// Server to relay: leave drops in their slots, or take them.
  /// - Parameter returning: what no handler has seen goes back to the legacy paths.
  package static func hold(_ holding: Bool, returning: Bool = false) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("hold", holding)
    if returning { json.member("return", true) }
    json.endObject()
    return json.bytes + [UInt8(ascii: "\n")]
  }
}
