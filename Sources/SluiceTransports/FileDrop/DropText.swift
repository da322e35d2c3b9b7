internal import SluiceWire

/// Splits what a legacy writer dropped into messages.
enum DropText {
  /// Bytes that are one message, and what was read of them.
  struct Text {
    let bytes: [UInt8]
    let message: Message
  }

  /// Most messages of one drop: its parts are handed on together, and everybody else's wait for that.
  static let mostMessages = 1000

  /// One JSON object over any number of lines, or several one behind the other; a file with any malformed part is
  /// refused whole, since two writers may have mixed in it.
  static func messages(in bytes: [UInt8], reader: MessageReader) throws(Refusal) -> [Text] {
    let whole = Array(trimmed(bytes[...]))
    guard !whole.isEmpty else { return [] }
    do throws(Refusal) { return [Text(bytes: whole, message: try reader.read(whole))] } catch {
      guard let pieces = JSONTexts.split(bytes), pieces.begun == nil, pieces.whole.count > 1 else { throw error }
      guard pieces.whole.count <= mostMessages else {
        throw Refusal(
          .tooLarge, "more than \(mostMessages) messages at once",
          reason: "\(pieces.whole.count) messages in one drop, more than \(mostMessages)")
      }
      var messages: [Text] = []
      for range in pieces.whole {
        let text = Array(bytes[range])
        messages.append(Text(bytes: text, message: try reader.read(text)))
      }
      return messages
    }
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 }
    guard let last = bytes.lastIndex(where: { !isSpace($0) }) else { return [] }
    return bytes[...last].drop(while: isSpace)
  }
}
