/// The variables that sluice reads, from a shell's configuration file taken as plain text.
///
/// Nothing is evaluated. Where a shell would (an expansion, a command substitution, an assignment that is no plain
/// `KEY=value` line), a variable of ours is refused with its line number rather than guessed. Other variables and
/// commands are skipped, with their quotes respected, so that text inside a quoted value is never taken for a line.
package struct EnvironmentFile: Hashable, Sendable {
  /// The values by name; only names of `EnvironmentVariable`.
  package private(set) var values: [String: String] = [:]
  /// The line of each value's assignment, from 1.
  package private(set) var lines: [String: Int] = [:]

  /// Lines that are no assignment, and assignments of variables that look like ours and are none; by their numbers.
  package private(set) var ignored: [Ignored] = []

  package struct Ignored: Hashable, Sendable {
    package let line: Int
    package let text: String
  }

  private static let family = "PARROT_"
  /// The largest accepted text in bytes.
  package static let maximumSize = 1 << 20

  /// Reads UTF-8 `text`; throws all problems at once.
  package static func parse(_ text: [UInt8]) throws(EnvironmentError) -> EnvironmentFile {
    guard text.count <= maximumSize else {
      throw EnvironmentError(problems: [
        EnvironmentProblem(text: "the file has \(text.count) bytes, more than the \(maximumSize) that are accepted")
      ])
    }
    guard let string = String(validating: text, as: UTF8.self) else {
      throw EnvironmentError(problems: [EnvironmentProblem(text: "the file is not UTF-8")])
    }
    var file = EnvironmentFile()
    var problems: [EnvironmentProblem] = []
    for line in try ShellLine.split(string) {
      do throws(EnvironmentError) {
        try file.read(line)
      } catch {
        problems += error.problems
      }
    }
    guard problems.isEmpty else { throw EnvironmentError(problems: problems) }
    return file
  }

  private mutating func ignore(_ line: ShellLine) {
    guard let (name, _) = line.assignment else {
      return ignored.append(Ignored(line: line.number, text: "no KEY=value line: \(line.text)"))
    }
    guard name.hasPrefix(Self.family) else { return }
    ignored.append(Ignored(line: line.number, text: "\(name) is no variable that sluice reads"))
  }

  private mutating func read(_ line: ShellLine) throws(EnvironmentError) {
    guard let (name, written) = line.assignment, EnvironmentVariable(rawValue: name) != nil else {
      if let variable = line.hiddenAssignment {
        throw line.problem(variable, "is set here in a way that is no plain KEY=value line")
      }
      ignore(line)
      return
    }
    let value: String
    do throws(TextProblem) {
      value = try ShellValue.literal(written)
    } catch {
      throw line.problem(name, error.text)
    }
    // Two values mean that a condition, which we do not evaluate, chooses between them.
    if let first = lines[name], values[name] != value {
      throw line.problem(name, "is set to another value on line \(first)")
    }
    values[name] = value
    lines[name] = lines[name] ?? line.number
  }
}
