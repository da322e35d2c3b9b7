/// Why a command line was refused.
package struct CommandLineProblem: Error, Equatable, Sendable {
  package enum Code: String, CaseIterable, Sendable {
    case missingCommand
    case unknownCommand
    case unknownOption
    case repeatedOption
    case missingValue
    case unexpectedValue
    case valueNotAllowed
    case missingArgument
    case unexpectedArgument
  }

  package var code: Code
  /// One sentence that names the option or command; what the user typed is made safe for a terminal in it.
  package var message: String
  /// The name that was probably meant.
  package var suggestion: String?
  /// The usage of the command concerned.
  package var usage: String
  package var program: String

  package var exitCode: ExitCode { .usage }

  /// For standard error, in two lines without a newline at the end.
  package var text: String {
    let hint = suggestion.map { "; did you mean \($0)?" } ?? ""
    return "\(program): \(message)\(hint)\nusage: \(usage)"
  }
}
