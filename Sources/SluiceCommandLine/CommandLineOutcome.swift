/// What a well-formed command line asks for.
package enum CommandLineOutcome: Equatable, Sendable {
  case run(ParsedCommandLine)
  /// Help for the command at the path; the overview where the path is empty.
  case help(path: [String])
  case version
}
