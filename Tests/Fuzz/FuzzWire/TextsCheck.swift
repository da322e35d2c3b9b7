import SluiceWire

/// Lines of the input as the texts of well-formed messages: what is decided by a text is reached without JSON being hit by
/// chance.
enum TextsCheck {
  /// Longer lines, and later ones, are left to admission.
  private static let longest = 64
  private static let most = 3
  nonisolated(unsafe) private static let reader = MessageReader()

  static func check(_ stream: [UInt8]) {
    for line in stream.split(separator: UInt8(ascii: "\n")).prefix(most) where line.count <= longest {
      check(line: line)
    }
  }

  private static func check(line bytes: ArraySlice<UInt8>) {
    let text = String(decoding: bytes, as: UTF8.self)
    let quoted = JSONText.quoted(text)
    guard let plain = read("{\"method\":\(quoted)}"),
      let call = read(
        "{\"jsonrpc\":\"2.0\",\"id\":\(quoted),\"method\":\"tools/call\",\"params\":{\"name\":\(quoted)}}"),
      let drop = read("{\"type\":\"mcp_message\",\"content\":\(quoted)}")
    else { fatalError("a message with the text \(quoted) is refused") }
    precondition(plain.method == text && drop.method == text, "\(quoted) became another method")
    precondition(call.target == text && call.id == .string(text), "\(quoted) became another target or id")
    let member = Array("{\(quoted):1,\"method\":\"m\"}".utf8)
    do throws(Refusal) {
      let message = try reader.read(member)
      if message.isEnvelope { _ = try reader.openEnvelope(member.span.bytes) }
    } catch {}
  }

  private static func read(_ text: String) -> Message? { try? reader.read(Array(text.utf8)) }
}

private enum JSONText {
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case _ where scalar.value < 0x20:
        result += "\\u00" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
