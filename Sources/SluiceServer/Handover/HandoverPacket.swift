internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire

/// One message between the server that hands over and the one that takes over.
///
/// The old one sends `state` with the listeners and locks, then for each group of conversations `conversations` with
/// their descriptors and as many `bytes` as these say, then `end`. The new one answers `prepared` when nothing is left
/// that can fail. `go` is not sent but put where one of the two can take it (`HandoverToken`): it makes the new one the
/// server, and `serving` says that it knows. As long as it has not been taken the old one may go on, with `abort`.
enum HandoverPacket: Equatable {
  /// A conversation's sizes; its bytes follow, input before output.
  struct Shape: Equatable {
    var inputCount: Int
    var outputCount: Int
    var skipped: Int?
    var isFinishing: Bool
  }

  case state(HandoverState)
  case conversations([Shape])
  case bytes([UInt8])
  case end
  case prepared
  case go
  case serving
  case abort(String)

  /// Conversations in one message: their descriptors must fit.
  static let group = OwnedDescriptor.mostPassed
  /// Bytes in one message, besides the letter that says what it is.
  static let chunk = PacketLine.capacity - 1
  private static let shapeLength = 25

  var encoded: [UInt8] {
    switch self {
    case .state(let state): [UInt8(ascii: "S")] + state.json
    case .conversations(let shapes):
      shapes.reduce(into: [UInt8(ascii: "C")]) { bytes, shape in
        bytes.append(shape.isFinishing ? 1 : 0)
        for number in [shape.inputCount, shape.outputCount, shape.skipped ?? -1] {
          for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: number >> (shift * 8))) }
        }
      }
    case .bytes(let bytes): [UInt8(ascii: "B")] + bytes
    case .end: [UInt8(ascii: "E")]
    case .prepared: [UInt8(ascii: "P")]
    case .go: [UInt8(ascii: "G")]
    case .serving: [UInt8(ascii: "R")]
    case .abort(let text): [UInt8(ascii: "A")] + Array(text.utf8)
    }
  }

  init?(_ bytes: [UInt8]) {
    guard let letter = bytes.first else { return nil }
    let rest = bytes.dropFirst()
    switch letter {
    case UInt8(ascii: "S"):
      guard let state = HandoverState(json: Array(rest)) else { return nil }
      self = .state(state)
    case UInt8(ascii: "C"):
      guard rest.count % Self.shapeLength == 0 else { return nil }
      var shapes: [Shape] = []
      for start in stride(from: 1, to: bytes.count, by: Self.shapeLength) {
        guard let shape = Self.shape(bytes[start..<start + Self.shapeLength]) else { return nil }
        shapes.append(shape)
      }
      self = .conversations(shapes)
    case UInt8(ascii: "B"): self = .bytes(Array(rest))
    case UInt8(ascii: "E"): self = .end
    case UInt8(ascii: "P"): self = .prepared
    case UInt8(ascii: "G"): self = .go
    case UInt8(ascii: "R"): self = .serving
    case UInt8(ascii: "A"): self = .abort(String(decoding: rest, as: UTF8.self))
    default: return nil
    }
  }

  private static func shape(_ bytes: ArraySlice<UInt8>) -> Shape? {
    func number(_ index: Int) -> Int {
      let start = bytes.startIndex + 1 + index * 8
      let word = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[start + $1]) << (UInt64($1) * 8) }
      return Int(truncatingIfNeeded: word)
    }
    guard number(0) >= 0, number(1) >= 0, number(2) >= -1 else { return nil }
    return Shape(
      inputCount: number(0), outputCount: number(1), skipped: number(2) < 0 ? nil : number(2),
      isFinishing: bytes[bytes.startIndex] == 1)
  }
}

extension HandoverPacket.Shape {
  init(_ carried: CarriedConversation) {
    self.init(
      inputCount: carried.input.bytes.count, outputCount: carried.output.count, skipped: carried.input.skipped,
      isFinishing: carried.isFinishing)
  }

  /// The conversation, cut from the bytes that begin at `start`, which moves on.
  func conversation(from bytes: [UInt8], at start: inout Int) -> CarriedConversation? {
    guard inputCount <= bytes.count - start, outputCount <= bytes.count - start - inputCount else { return nil }
    let middle = start + inputCount
    let end = middle + outputCount
    defer { start = end }
    return CarriedConversation(
      input: LineFramer.Rest(bytes: Array(bytes[start..<middle]), skipped: skipped),
      output: Array(bytes[middle..<end]), isFinishing: isFinishing)
  }
}
