/// An entry of a crontab (crontab(5)).
package struct CrontabLine: Sendable, Equatable {
  package let when: String
  /// Named in the system's crontabs only.
  package let user: String?
  package let command: String

  /// nil for comments, settings of variables, and what is no entry.
  package init?(_ line: Substring, namesUser: Bool) {
    var rest = line.drop { $0 == " " || $0 == "\t" }
    guard let first = rest.first, first != "#" else { return nil }
    var words: [String] = []
    let count = (first == "@" ? 1 : 5) + (namesUser ? 1 : 0)
    for _ in 0..<count {
      let word = rest.prefix { $0 != " " && $0 != "\t" }
      guard !word.isEmpty else { return nil }
      words.append(String(word))
      rest = rest[word.endIndex...].drop { $0 == " " || $0 == "\t" }
    }
    guard !rest.isEmpty, first == "@" || Self.isField(words[0]) else { return nil }
    user = namesUser ? words.removeLast() : nil
    when = words.joined(separator: " ")
    command = String(rest)
  }

  /// Minutes: numbers, steps, ranges; a setting such as `SHELL=/bin/sh` is none.
  private static func isField(_ word: String) -> Bool {
    word.utf8.allSatisfy { ($0 >= 48 && $0 <= 57) || "*,-/~".utf8.contains($0) }
  }
}
