/// All that is wrong with an environment file or with the variables of a process.
package struct EnvironmentError: Error, Hashable, Sendable, CustomStringConvertible {
  /// At least one.
  package let problems: [EnvironmentProblem]

  package init(problems: [EnvironmentProblem]) {
    self.problems = problems
  }

  /// One line a problem.
  package var description: String { problems.map(\.description).joined(separator: "\n") }
}
