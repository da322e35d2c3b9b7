/// A handler of kind `stdio`: a server that speaks JSON-RPC on its stdin and stdout, one process for each connection.
package struct StdioHandler: Hashable, Sendable {
  package var command: ProgramCommand
  package var limits: StreamLimits
  /// `children`: the most processes at a time, of all users; each gets a share. Default 128; 1 to 4096.
  package var children: Int
  /// `spare`: keeps one process started for the next connection of the last user. Default false.
  package var spare: Bool

  package init(
    program: AbsolutePath, arguments: [String] = [], environment: [EnvironmentEntry] = [],
    limits: StreamLimits = StreamLimits(), children: Int = 128, spare: Bool = false
  ) {
    command = ProgramCommand(program, arguments, environment)
    self.limits = limits
    self.children = children
    self.spare = spare
  }

  static let ownKeys = ["children", "spare"]

  init?(reading reader: ObjectReader) {
    let command = ProgramCommand(reading: reader)
    limits = StreamLimits(reading: reader)
    children = reader.integer("children", in: 1...4096) ?? 128
    spare = reader.boolean("spare") ?? false
    guard let command else { return nil }
    self.command = command
  }

  func render(into writer: inout JSON5Writer) {
    command.render(into: &writer)
    limits.render(into: &writer)
    writer.comment("The most processes at a time, of all users; each gets a share.")
    writer.integer("children", children)
    writer.comment("Keeps one process started for the next connection of the last user; it is told no process id.")
    writer.boolean("spare", spare)
  }
}
