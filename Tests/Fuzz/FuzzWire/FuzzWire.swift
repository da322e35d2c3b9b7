import SluiceWire

/// Framing and admission.
///
/// The first byte seeds the pieces in which the rest is fed, the second gives the limit. No input may trap. Of one in eight
/// is asserted: the framer gives what the plain rules give, in whatever pieces and with whatever pauses; what admission
/// takes and refuses agrees with a reader of our own; an envelope's message is the one that stands in its text; what is
/// written parses again. Short lines are also the texts of well-formed messages, which come out as
/// they went in.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWire(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let data, count > 2 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  let limit = (Int(bytes[1]) + 1) * 4
  let stream = Array(bytes[2...])
  // The seed's low bits choose the way, so that an input repeats, and the fuzzer sees many inputs instead of many checks.
  let feeders: [StreamFeeder] = [.whole, .pieces(seed: bytes[0]), .pausing(seed: bytes[0])]
  let feeder = feeders[Int(bytes[0]) % feeders.count]
  let events = feeder.events(of: stream, limit: limit)
  let isChecked = isOneInEight(bytes)
  if isChecked {
    let expected = ReferenceFramer.events(of: stream, limit: limit)
    for feeder in feeders {
      precondition(feeder.events(of: stream, limit: limit) == expected, "\(feeder) gives other messages or faults")
    }
    ReplyCheck.check(text: stream)
  }
  TextsCheck.check(stream)
  for case .message(let message) in events + [.message(stream)] {
    if isChecked { AdmissionCheck.check(message) } else { AdmissionCheck.run(message) }
  }
  return 0
}

/// Whether the references are asked too, which cost several times what is tested: by a sum of the bytes (FNV-1a).
private func isOneInEight(_ bytes: [UInt8]) -> Bool {
  let sum = bytes.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
  return sum >> 29 == 0
}
