/// A text in which `*` stands for any text, matched in time linear in the text whatever the pattern (Knuth, Morris and
/// Pratt for what lies between two stars), since both may come from somebody else.
package struct Glob: Sendable, Hashable {
  private struct Piece: Sendable, Hashable {
    let bytes: [UInt8]
    /// For each prefix the length of its longest border.
    let borders: [Int]

    init(_ bytes: [UInt8]) {
      self.bytes = bytes
      var borders = [Int](repeating: 0, count: bytes.count)
      var length = 0
      for index in bytes.indices.dropFirst() {
        while length > 0, bytes[index] != bytes[length] { length = borders[length - 1] }
        if bytes[index] == bytes[length] { length += 1 }
        borders[index] = length
      }
      self.borders = borders
    }
  }

  private let prefix: [UInt8]
  private let inner: [Piece]
  /// nil where there is no star: then the prefix is all.
  private let suffix: [UInt8]?

  package init(_ pattern: some StringProtocol) {
    let bytes = Array(pattern.utf8)
    let parts = bytes.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map { Array($0) }
    prefix = parts.first ?? []
    suffix = parts.count > 1 ? parts.last : nil
    inner = parts.count > 2 ? parts[1..<(parts.count - 1)].filter { !$0.isEmpty }.map { Piece($0) } : []
  }

  /// Whether it matches every text.
  package var isAnything: Bool { prefix.isEmpty && inner.isEmpty && suffix?.isEmpty == true }

  package func matches(_ text: String) -> Bool {
    let found: Bool? = unsafe text.utf8.withContiguousStorageIfAvailable { unsafe matches($0) }
    return unsafe found ?? Array(text.utf8).withUnsafeBufferPointer { unsafe matches($0) }
  }

  private func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let suffix else { return unsafe text.elementsEqual(prefix) }
    guard text.count >= prefix.count + suffix.count, unsafe text.starts(with: prefix) else { return false }
    let end = text.count - suffix.count
    guard unsafe text[end...].elementsEqual(suffix) else { return false }
    var place = prefix.count
    for piece in inner {
      guard let next = unsafe Self.find(piece, in: text, from: place, to: end) else { return false }
      place = next
    }
    return true
  }

  /// The place after the first occurrence; the first is as good as any for what follows.
  private static func find(_ piece: Piece, in text: UnsafeBufferPointer<UInt8>, from: Int, to end: Int) -> Int? {
    var length = 0
    var place = from
    while place < end {
      while unsafe length > 0 && text[place] != piece.bytes[length] { length = piece.borders[length - 1] }
      if unsafe text[place] == piece.bytes[length] { length += 1 }
      place += 1
      if length == piece.bytes.count { return place }
    }
    return nil
  }
}
