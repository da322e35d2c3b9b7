/// When something runs by itself.
package struct Schedule: Sendable, Equatable {
  /// `0 * * * *`, `@daily`, `daily`, `OnCalendar=hourly`.
  package let when: String
  /// The file that says so.
  package let source: String
  /// As whom, where that is said.
  package let user: String?

  package init(when: String, source: String, user: String?) {
    self.when = when
    self.source = source
    self.user = user
  }
}
