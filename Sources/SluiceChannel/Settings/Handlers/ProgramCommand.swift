/// A handler's program with its arguments and what is added to its environment.
package struct ProgramCommand: Hashable, Sendable {
  /// The first element of `command`: the program's absolute path, since nothing is looked up in PATH.
  package var program: AbsolutePath
  /// The other elements of `command`, passed on as they are; no shell sees them.
  package var arguments: [String]
  /// `environment`: variables besides PATH, HOME, LANG and those that say who calls. Default none.
  package var environment: [EnvironmentEntry]

  static let keys = ["command", "environment"]
  /// As many as a start can carry, with room for our own.
  private static let mostVariables = 64

  /// Nil where `command` is missing or bad.
  init?(reading reader: ObjectReader) {
    let command = reader.strings("command", required: true)
    let environment: [EnvironmentEntry] = reader.allParsed("environment") ?? []
    if environment.count > Self.mostVariables {
      reader.report("environment", "must be at most \(Self.mostVariables) variables, found \(environment.count)")
    }
    guard let command else { return nil }
    guard let first = command.first else {
      reader.report("command", "needs at least the program's absolute path")
      return nil
    }
    do throws(TextProblem) {
      program = try AbsolutePath(parsing: first)
    } catch {
      reader.report("command", at: 0, error.text)
      return nil
    }
    arguments = Array(command.dropFirst())
    self.environment = environment
  }

  init(_ program: AbsolutePath, _ arguments: [String], _ environment: [EnvironmentEntry]) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
  }

  /// `argv` of the process.
  package var words: [String] { [program.rawValue] + arguments }

  func render(into writer: inout JSON5Writer) {
    writer.comment("The program's absolute path and its arguments; no shell sees them.")
    writer.strings("command", words)
    writer.comment("Variables besides PATH, HOME, LANG and those that say who calls; nothing else is handed on.")
    writer.strings("environment", environment.map(\.rawValue))
  }
}
