/// Takes out of the answer to a list what its asker may not call: the one place where a result is rewritten. What stays
/// keeps its bytes and its order.
package struct ListFilter: Sendable, Equatable {
  /// The method of which an entry is the target.
  package let method: String
  /// The list in the result, and the name of an entry.
  let list: String
  let name: String

  package enum Outcome: Equatable {
    case unchanged
    case changed([UInt8])
    /// It is no list as we know it: nothing of it may be shown.
    case unreadable
  }

  /// The filter of a method's answers; nil where they list nothing.
  package init?(of method: String) {
    switch method {
    case "tools/list": (self.method, list, name) = ("tools/call", "tools", "name")
    case "resources/list": (self.method, list, name) = ("resources/read", "resources", "uri")
    case "prompts/list": (self.method, list, name) = ("prompts/get", "prompts", "name")
    default: return nil
    }
  }

  /// - Parameter allows: whether an entry of this name may be called.
  package func apply(to line: [UInt8], allows: (String) -> Bool) -> Outcome {
    guard let answer = JSONSlice(line)?.members else { return .unreadable }
    // An error, or a handler's own words.
    guard let result = answer.first(where: { $0.key == "result" })?.value else { return .unchanged }
    guard let members = result.members else { return .unchanged }
    let lists = members.filter { $0.key == list }
    guard let entries = lists.first?.value else { return .unchanged }
    // Of two members readers take one or the other.
    guard lists.count == 1, Set(members.map(\.key)).count == members.count, let elements = entries.elements else {
      return .unreadable
    }
    let kept = elements.filter { entry in
      let names = entry.members?.filter { $0.key == name } ?? []
      return names.count == 1 && names[0].value.text.map(allows) == true
    }
    var edits: [(Range<Int>, [UInt8])] = []
    if kept.count < elements.count {
      var text = [UInt8(ascii: "[")]
      for (place, entry) in kept.enumerated() {
        if place > 0 { text.append(UInt8(ascii: ",")) }
        text.append(contentsOf: entry.raw)
      }
      text.append(UInt8(ascii: "]"))
      edits.append((entries.range, text))
    }
    edits += Self.markAsPrivate(members, behind: entries)
    guard !edits.isEmpty else { return .unchanged }
    var bytes = line
    for (range, text) in edits.sorted(by: { $0.0.lowerBound > $1.0.lowerBound }) {
      bytes.replaceSubrange(range, with: text)
    }
    return .changed(bytes)
  }

  /// Revisions whose results say how they may be kept (2026-07-28): this one is for its asker alone.
  private static func markAsPrivate(
    _ members: [(key: String, value: JSONSlice)], behind entries: JSONSlice
  ) -> [(Range<Int>, [UInt8])] {
    if let scope = members.first(where: { $0.key == "cacheScope" })?.value {
      return scope.text == "private" ? [] : [(scope.range, Array("\"private\"".utf8))]
    }
    guard members.contains(where: { $0.key == "ttlMs" || $0.key == "resultType" }) else { return [] }
    let end = entries.range.upperBound
    return [(end..<end, Array(",\"cacheScope\":\"private\"".utf8))]
  }
}
