/// A verdict and where it came from.
package struct Decision: Sendable, Equatable {
  package let verdict: Verdict
  /// The place of the deciding rule in the policy; nil where none decided.
  package let rule: Int?

  package init(_ verdict: Verdict, rule: Int? = nil) {
    self.verdict = verdict
    self.rule = rule
  }
}
