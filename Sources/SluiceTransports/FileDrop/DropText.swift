internal import SluiceWire

/// Splits what a legacy writer dropped into messages.
enum DropText {
  /// Most messages of one drop: its parts are handed on together, and everybody else's wait for that.
  static let mostMessages = 1000

  /// One JSON object over any number of lines, or one on each line; a file with any malformed part is refused whole,
  /// since two writers may have mixed in it.
  static func messages(in bytes: [UInt8], reader: MessageReader) throws(Refusal) -> [[UInt8]] {
    let whole = trimmed(bytes[...])
    guard !whole.isEmpty else { return [] }
    do throws(Refusal) {
      _ = try reader.read(Array(whole))
      return [Array(whole)]
    } catch {
      let lines = bytes.split(separator: UInt8(ascii: "\n")).map { trimmed($0) }.filter { !$0.isEmpty }
      guard lines.count > 1 else { throw error }
      guard lines.count <= mostMessages else {
        throw Refusal(
          .tooLarge, "more than \(mostMessages) messages at once",
          reason: "\(lines.count) lines in one drop, more than \(mostMessages)")
      }
      var messages: [[UInt8]] = []
      for line in lines {
        _ = try reader.read(Array(line))
        messages.append(Array(line))
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
