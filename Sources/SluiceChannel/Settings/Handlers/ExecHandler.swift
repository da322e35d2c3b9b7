/// A handler of kind `exec`: a program that gets one message on its stdin and writes the reply to its stdout.
package struct ExecHandler: Hashable, Sendable {
  package var programCommand: ProgramCommand
  /// `concurrency`: the most processes at a time. Default 4; 1 to 256.
  package var concurrency: Int
  /// `deadline`: how long one process may run. Default 30s; 1ms to 7d.
  package var deadline: TimeSpan
  /// `output`: the largest reply. Default 8M; 1K to 1G.
  package var output: ByteCount

  package init(
    program: AbsolutePath, arguments: [String] = [], environment: [EnvironmentEntry] = [], concurrency: Int = 4,
    deadline: TimeSpan = .seconds(30), output: ByteCount = ByteCount(bytes: 8 << 20)
  ) {
    programCommand = ProgramCommand(program, arguments, environment)
    self.concurrency = concurrency
    self.deadline = deadline
    self.output = output
  }

  /// `argv` of the process.
  package var command: [String] { programCommand.words }
  package var program: AbsolutePath { programCommand.program }

  static let ownKeys = ["concurrency", "deadline", "output"]

  /// Nil where `command` is missing or bad.
  init?(reading reader: ObjectReader) {
    let command = ProgramCommand(reading: reader)
    concurrency = reader.integer("concurrency", in: 1...256) ?? 4
    deadline = reader.duration("deadline", in: .timeoutRange) ?? .seconds(30)
    output = reader.byteCount("output", in: .outputRange) ?? ByteCount(bytes: 8 << 20)
    guard let command else { return nil }
    programCommand = command
  }

  func render(into writer: inout JSON5Writer) {
    programCommand.render(into: &writer)
    writer.comment("The most processes at a time.")
    writer.integer("concurrency", concurrency)
    writer.comment("How long one process may run, and the largest reply.")
    writer.string("deadline", deadline)
    writer.byteCount("output", output)
  }
}
