import SluiceWire

/// Framing and admission.
///
/// The first byte seeds the pieces in which the rest is fed, the second gives the limit. What is asserted: the framer
/// gives what the plain rules give, in whatever pieces and with whatever pauses; what admission takes and refuses agrees
/// with a reader of our own; an envelope's message is the one that stands in its text; what is written parses again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWire(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let data, count > 2 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  let limit = (Int(bytes[1]) + 1) * 4
  let stream = Array(bytes[2...])
  let expected = ReferenceFramer.events(of: stream, limit: limit)
  for feeder in [StreamFeeder.whole, .pieces(seed: bytes[0]), .pausing(seed: bytes[0])] {
    precondition(feeder.events(of: stream, limit: limit) == expected, "\(feeder) gives other messages or faults")
  }
  for case .message(let message) in expected { AdmissionCheck.check(message) }
  AdmissionCheck.check(stream)
  ReplyCheck.check(text: stream)
  return 0
}
