internal import SluiceChannel

/// The members of a record that an account needs, found in one walk over its line: logs are long, and parsing each
/// record costs more than all else that is done with it.
struct RecordFields {
  var event: ArraySlice<UInt8> = []
  var route: ArraySlice<UInt8> = []
  var id: ArraySlice<UInt8> = []
  /// As it is written, with its escapes.
  var path: ArraySlice<UInt8> = []
  var time: ArraySlice<UInt8> = []
  /// Digits.
  var generation: ArraySlice<UInt8> = []

  /// Walks over the members of an object; what is nested is passed over. What is no object has no members.
  init(_ line: ArraySlice<UInt8>) {
    var index = line.startIndex
    guard line.first == UInt8(ascii: "{") else { return }
    index += 1
    while index < line.endIndex {
      guard let key = Self.string(line, &index), index < line.endIndex, line[index] == UInt8(ascii: ":") else { return }
      index += 1
      guard index < line.endIndex else { return }
      if line[index] == UInt8(ascii: "\"") {
        guard let value = Self.string(line, &index) else { return }
        keep(key, value)
      } else {
        let start = index
        Self.skip(line, &index)
        if key.count == 3, key.elementsEqual("gen".utf8) { generation = line[start..<min(index, line.endIndex)] }
      }
      guard index < line.endIndex, line[index] == UInt8(ascii: ",") else { return }
      index += 1
    }
  }

  private mutating func keep(_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) {
    switch key.count {
    case 5 where key.elementsEqual("event".utf8): event = value
    case 5 where key.elementsEqual("route".utf8): route = value
    case 4 where key.elementsEqual("path".utf8): path = value
    case 4 where key.elementsEqual("time".utf8): time = value
    case 2 where key.elementsEqual("id".utf8): id = value
    default: break
    }
  }

  /// The inside of a string that begins at the index, which then stands behind it.
  private static func string(_ line: ArraySlice<UInt8>, _ index: inout Int) -> ArraySlice<UInt8>? {
    guard index < line.endIndex, line[index] == UInt8(ascii: "\"") else { return nil }
    let start = index + 1
    index = start
    while index < line.endIndex {
      switch line[index] {
      case UInt8(ascii: "\\"): index += 2
      case UInt8(ascii: "\""):
        index += 1
        return line[start..<index - 1]
      default: index += 1
      }
    }
    return nil
  }

  /// Goes behind a value that is no string.
  private static func skip(_ line: ArraySlice<UInt8>, _ index: inout Int) {
    var depth = 0
    while index < line.endIndex {
      switch line[index] {
      case UInt8(ascii: "\""):
        guard string(line, &index) != nil else {
          index = line.endIndex
          return
        }
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return }
        depth -= 1
      case UInt8(ascii: ","): if depth == 0 { return }
      default: break
      }
      index += 1
    }
  }

  /// The text of a string as it stands between its quotes.
  static func text(_ inside: ArraySlice<UInt8>) -> String {
    guard inside.contains(UInt8(ascii: "\\")) else { return String(decoding: inside, as: UTF8.self) }
    let quoted = [UInt8(ascii: "\"")] + inside + [UInt8(ascii: "\"")]
    guard let value = try? JSON5.parse(quoted), case .string(let text) = value.kind else {
      return String(decoding: inside, as: UTF8.self)
    }
    return text
  }
}
