/// The members of a JSON5 object in the order in which they were written; keys are unique.
package struct JSON5Object: Hashable, Sendable {
  /// One `key: value`.
  package struct Member: Hashable, Sendable {
    package let key: String
    /// The place of the key's first scalar (its quote, where it has one).
    package let position: TextPosition
    package let value: JSON5Value
  }

  package private(set) var members: [Member] = []
  private var indices: [String: Int] = [:]

  package init() {}

  /// The value of `key`, if it was written.
  package subscript(key: String) -> JSON5Value? { member(key)?.value }

  /// The member with this key, if it was written.
  package func member(_ key: String) -> Member? {
    indices[key].map { members[$0] }
  }

  mutating func append(_ member: Member) {
    indices[member.key] = members.count
    members.append(member)
  }
}
