/// A handler of kind `exec`: a program that gets one message on its stdin and writes the reply to its stdout.
package struct ExecHandler: Hashable, Sendable {
  /// The first element of `command`: the program's absolute path, since nothing is looked up in PATH.
  package var program: AbsolutePath
  /// The other elements of `command`, passed on as they are; no shell sees them.
  package var arguments: [String]
  /// `concurrency`: the most processes at a time. Default 4; 1 to 256.
  package var concurrency: Int
  /// `deadline`: how long one process may run. Default 30s; 1ms to 7d.
  package var deadline: TimeSpan
  /// `output`: the largest reply. Default 8M; 1K to 1G.
  package var output: ByteCount

  package init(
    program: AbsolutePath, arguments: [String] = [], concurrency: Int = 4, deadline: TimeSpan = .seconds(30),
    output: ByteCount = ByteCount(bytes: 8 << 20)
  ) {
    self.program = program
    self.arguments = arguments
    self.concurrency = concurrency
    self.deadline = deadline
    self.output = output
  }

  /// `argv` of the process.
  package var command: [String] { [program.rawValue] + arguments }

  static let keys = ["command", "concurrency", "deadline", "output"]

  /// Nil where `command` is missing or bad.
  init?(reading reader: ObjectReader) {
    let command = reader.strings("command", required: true)
    let concurrency = reader.integer("concurrency", in: 1...256)
    let deadline = reader.duration("deadline", in: .timeoutRange)
    let output = reader.byteCount("output", in: .outputRange)
    guard let command else { return nil }
    guard let first = command.first else {
      reader.report("command", "needs at least the program's absolute path")
      return nil
    }
    let program: AbsolutePath
    do throws(TextProblem) {
      program = try AbsolutePath(parsing: first)
    } catch {
      reader.report("command", at: 0, error.text)
      return nil
    }
    self.init(program: program, arguments: Array(command.dropFirst()))
    self.concurrency = concurrency ?? self.concurrency
    self.deadline = deadline ?? self.deadline
    self.output = output ?? self.output
  }

  func render(into writer: inout JSON5Writer) {
    writer.comment("The program's absolute path and its arguments; no shell sees them.")
    writer.strings("command", command)
    writer.comment("The most processes at a time.")
    writer.integer("concurrency", concurrency)
    writer.comment("How long one process may run, and the largest reply.")
    writer.string("deadline", deadline)
    writer.byteCount("output", output)
  }
}
