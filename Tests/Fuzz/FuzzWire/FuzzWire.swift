import SluiceWire

/// Framing and admission: bytes come in pieces whose sizes the first bytes give, and must give the same messages as the
/// bytes in one piece; every message is read, and an envelope opened, without a trap.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWire(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let data, count > 2 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  let step = Int(bytes[0]) + 1
  let limit = Int(bytes[1]) + 1
  let stream = Array(bytes[2...])
  let whole = messages(of: stream, in: stream.count, limit: limit)
  let pieces = messages(of: stream, in: step, limit: limit)
  precondition(whole == pieces, "the pieces in which bytes come make a difference")
  for message in whole { read(message) }
  read(stream)
  return 0
}

// libFuzzer calls from one thread only.
nonisolated(unsafe) private let reader = MessageReader()

private func messages(of stream: [UInt8], in step: Int, limit: Int) -> [[UInt8]] {
  var framer = LineFramer(limit: limit)
  var found: [[UInt8]] = []
  var start = 0
  while start < stream.count {
    let piece = Array(stream[start..<min(start + step, stream.count)])
    start += piece.count
    framer.consume(
      piece.span.bytes,
      message: { line in
        found.append(line.withUnsafeBytes { Array($0) })
        return true
      }, fault: { _ in })
  }
  return found
}

private func read(_ bytes: [UInt8]) {
  do throws(Refusal) {
    let message = try reader.read(bytes)
    if message.isEnvelope {
      let envelope = try reader.openEnvelope(bytes.span.bytes)
      if let range = envelope.message {
        let inner = Array(bytes[range])
        precondition(
          inner.first == UInt8(ascii: "{") && inner.last == UInt8(ascii: "}"), "the inner message is an object")
        _ = try reader.read(inner)
      }
    }
    var reply: [UInt8] = []
    Reply.append(.tooLarge(limit: 1), dialect: message.dialect, id: message.id, to: &reply)
    precondition(reply.last == UInt8(ascii: "\n") && reply.dropLast().allSatisfy { $0 != UInt8(ascii: "\n") })
  } catch {}
  _ = reader.readHandlerLine(bytes)
}
