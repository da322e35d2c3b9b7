import SluiceChannel

/// A host that started `sluice connect` with the six variables that hosts of MCP give their servers.
final class BridgeHost {
  private static let environment = [
    "HOME=/", "LOGNAME=somebody", "PATH=/usr/bin:/bin", "SHELL=/bin/sh", "TERM=dumb", "USER=somebody",
  ]
  let program: RunningProgram

  init(_ words: [String], input: String = "", keepsInput: Bool = true, user: [String] = []) throws {
    program = try RunningProgram(
      user + ["env", "-i"] + Self.environment + [Places.binary] + words, input: Array(input.utf8),
      keepsInput: keepsInput)
  }

  /// A bridge to a rehearsal's channel.
  convenience init(
    _ channel: Rehearsal, _ more: String..., input: String = "", keepsInput: Bool = true, user: [String] = []
  ) throws {
    try self.init(
      ["--root", channel.root, "connect", "--channel", "parrot-mcp"] + more, input: input, keepsInput: keepsInput,
      user: user)
  }

  static func request(_ id: String, _ method: String, _ parameters: String = "{}") -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(parameters)}"#
  }

  func say(_ line: String) { program.write(line + "\n") }

  /// Whole lines so far.
  private(set) var lines: [String] = []
  /// Bytes that were split into lines.
  private var taken = 0
  private var searched = 0

  /// Reads what has come.
  func pump() throws {
    try program.pump()
    // Only what is new: lines are long, and this is asked often.
    while let end = program.bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
      lines.append(String(decoding: program.bytes[taken..<end], as: UTF8.self))
      taken = end + 1
      searched = taken
    }
    searched = program.bytes.count
  }

  /// The line that the host reads next, after so many.
  @discardableResult
  func line(_ index: Int, seconds: Int64 = 20) throws -> String {
    try eventually("line \(index) of \(lines.map { $0.prefix(200) })", seconds: seconds) {
      try pump()
      return lines.count > index
    }
    return lines[index]
  }

  /// Ends its input and waits for its end.
  func end(seconds: Int64 = 20) throws -> Outcome {
    program.closeInput()
    return try program.end(seconds: seconds)
  }
}
