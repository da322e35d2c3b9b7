/// Takes the members of one JSON5 object by key and type, and collects everything that is wrong with them.
///
/// An accessor returns nil both for an absent key and for a bad value; the latter leaves a problem behind, so that a
/// caller can use a default in both cases and look at the problems at the end. Keys that no accessor asked for are
/// problems too. Readers exist only within `document`, `object`, `objects` and `namedObjects`, which report those keys
/// when the body is done.
package final class ObjectReader {
  /// The keys that lead to this object; empty for the document.
  package let keyPath: String
  /// The place of the object.
  package let position: TextPosition
  private let object: JSON5Object
  private let problems: ProblemList
  /// What the accessors asked for, in that order, for hints.
  private var known: [String] = []
  private var knownSet: Set<String> = []
  /// Keys about which a problem has been reported already.
  private var refused: Set<String> = []

  private init(_ object: JSON5Object, at position: TextPosition, keyPath: String, problems: ProblemList) {
    self.object = object
    self.position = position
    self.keyPath = keyPath
    self.problems = problems
  }

  /// Reads a whole document that must be one object.
  ///
  /// The body may return nil only where it left a problem. Throws all problems, or the one that makes
  /// the text no JSON5.
  package static func document<T>(
    _ bytes: [UInt8], fileName: String, _ body: (ObjectReader) -> T?
  ) throws(ChannelFileError) -> T {
    let document: JSON5Value
    do throws(JSON5Error) {
      document = try JSON5.parse(bytes)
    } catch {
      let problem = ChannelProblem(keyPath: "", position: error.position, text: error.text)
      throw ChannelFileError(fileName: fileName, problems: [problem])
    }
    let problems = ProblemList()
    let value = read(document, keyPath: "", problems: problems, body)
    guard let value, problems.problems.isEmpty else {
      throw ChannelFileError(fileName: fileName, problems: problems.problems)
    }
    return value
  }

  /// Reads one value that must be an object; the problems go into `problems`.
  package static func read<T>(
    _ value: JSON5Value, keyPath: String, problems: ProblemList, _ body: (ObjectReader) -> T?
  ) -> T? {
    guard case .object(let object) = value.kind else {
      problems.append(
        ChannelProblem(
          keyPath: keyPath, position: value.position, text: "expected an object, found \(value.kindName)"))
      return nil
    }
    let reader = ObjectReader(object, at: value.position, keyPath: keyPath, problems: problems)
    let result = body(reader)
    reader.reportUnknownKeys()
    return result
  }

  /// The value of `key`, of any kind; from here on the key is known.
  package func value(_ key: String, required: Bool = false) -> JSON5Value? {
    if knownSet.insert(key).inserted { known.append(key) }
    if let value = object[key] { return value }
    if required { report(path(key), at: position, "is required and missing") }
    return nil
  }

  /// The keys that were written, in their order, for objects whose keys are names.
  package var keys: [String] { object.members.map(\.key) }

  /// Adds a problem about the value of `key`, placed at the value, or at this object if it was not written.
  package func report(_ key: String, _ text: String) {
    refused.insert(key)
    report(path(key), at: object[key]?.position ?? position, text)
  }

  /// Adds a problem about one element of the array `key`, placed at the element.
  package func report(_ key: String, at index: Int, _ text: String) {
    guard case .array(let elements)? = object[key]?.kind, elements.indices.contains(index) else {
      return report(key, text)
    }
    report(KeyPathText.appending(index, to: path(key)), at: elements[index].position, text)
  }

  /// Adds a problem about a value within this object, such as one of an array's elements.
  package func report(_ keyPath: String, at position: TextPosition, _ text: String) {
    problems.append(ChannelProblem(keyPath: keyPath, position: position, text: text))
  }

  /// Adds a problem about the value at a path of keys below this object, placed at its deepest part that was written.
  package func report(path keys: [String], _ text: String) {
    let path = keys.reduce(keyPath) { KeyPathText.appending($1, to: $0) }
    report(path, at: JSON5Value(.object(object), at: position).position(at: keys), text)
  }

  /// Makes keys known that have no meaning here, and reports those that were written with the reason.
  package func refuse(_ keys: [String], because reason: String) {
    for key in keys where value(key) != nil { report(key, reason) }
  }

  /// The key path of `key` in this object.
  package func path(_ key: String) -> String { KeyPathText.appending(key, to: keyPath) }

  /// Reads `value`, an object that belongs to this one.
  func read<T>(_ value: JSON5Value, keyPath: String, _ body: (ObjectReader) -> T?) -> T? {
    Self.read(value, keyPath: keyPath, problems: problems, body)
  }

  private func reportUnknownKeys() {
    for member in object.members where !knownSet.contains(member.key) && !refused.contains(member.key) {
      let text: String
      if let hint = NearestKey.hint(for: member.key, among: known) {
        text = "unknown key; did you mean '\(hint)'?"
      } else {
        text = "unknown key; known are \(known.joined(separator: ", "))"
      }
      report(path(member.key), at: member.position, text)
    }
  }
}
