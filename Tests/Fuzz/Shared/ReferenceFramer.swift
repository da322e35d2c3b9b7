import SluiceWire

/// What a stream brings, in order.
enum StreamEvent: Equatable {
  case message([UInt8])
  case tooLarge
  case endless

  init(_ fault: LineFramer.Fault) {
    switch fault {
    case .tooLarge: self = .tooLarge
    case .endless: self = .endless
    }
  }
}

/// The rules of framing in the plainest form, on a stream that is known whole: what the framer must give for it.
enum ReferenceFramer {
  static func events(of stream: [UInt8], limit: Int) -> [StreamEvent] {
    let lines = stream.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return lines.flatMap { events(ofLine: Array($0), limit: limit) }
  }

  private static func events(ofLine line: [UInt8], limit: Int) -> [StreamEvent] {
    let text = line.last == UInt8(ascii: "\r") ? Array(line.dropLast()) : line
    if text.count > limit {
      return line.count > limit * LineFramer.endlessFactor ? [.tooLarge, .endless] : [.tooLarge]
    }
    return text.allSatisfy { [0x20, 0x09, 0x0D].contains($0) } ? [] : [.message(text)]
  }
}
