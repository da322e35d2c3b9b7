/// One thing that is wrong with a variable or with a line of an environment file.
package struct EnvironmentProblem: Hashable, Sendable, CustomStringConvertible {
  /// The line in the environment file, from 1; nil for a variable of a process or whose line is not known.
  package let line: Int?
  /// The variable's name, if the problem is one variable's.
  package let variable: String?
  /// One line, safe to print.
  package let text: String

  package init(line: Int? = nil, variable: String? = nil, text: String) {
    self.line = line
    self.variable = variable
    self.text = text
  }

  /// `line 3: PARROT_MCP_INPUT: text`, without the parts that there are not.
  package var description: String {
    [line.map { "line \($0)" }, variable, text].compactMap(\.self).joined(separator: ": ")
  }
}
