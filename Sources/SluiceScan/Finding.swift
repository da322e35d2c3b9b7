/// One thing that the scan has to say about one object.
package struct Finding: Sendable, Equatable {
  package let rule: Rule
  /// The path, the address or the process that it is about.
  package let object: String
  /// What was seen there.
  package let seen: String
  /// What to do about it, a command where there is one.
  package let fix: String

  package init(_ rule: Rule, _ object: String, seen: String, fix: String) {
    self.rule = rule
    self.object = object
    self.seen = seen
    self.fix = fix
  }

  /// Worst first; otherwise by what they are about.
  package static func ranks(_ left: Finding, before right: Finding) -> Bool {
    if left.rule.severity != right.rule.severity { return left.rule.severity > right.rule.severity }
    if left.rule != right.rule { return left.rule.rawValue < right.rule.rawValue }
    return left.object < right.object
  }
}
