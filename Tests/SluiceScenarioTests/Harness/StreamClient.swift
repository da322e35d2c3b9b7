import SluiceChannel
import SluiceSystem
import SluiceTestSupport

/// A connection over which lines go and come at any time.
final class StreamClient {
  let program: RunningProgram
  private var taken = 0

  init(_ channel: Rehearsal, user: [String] = []) throws {
    program = try RunningProgram(
      user + ["socat", "-t", "30", "-", "UNIX-CONNECT:\(channel.socket)"], keepsInput: true)
  }

  func send(_ lines: String...) throws {
    for line in lines { program.write(line + "\n") }
    try program.pump()
  }

  /// A request with an id as it stands in JSON.
  func ask(_ id: String, _ method: String, _ params: String = "{}") throws {
    try send(#"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(params)}"#)
  }

  /// The next line that came.
  func line(seconds: Int64 = 20) throws -> String {
    let wanted = taken
    try program.until("line \(wanted + 1)", seconds: seconds) { $0.split(separator: "\n").count > wanted }
    taken += 1
    return String(program.output.split(separator: "\n")[wanted])
  }

  func reply(seconds: Int64 = 20) throws -> JSON5Object { try JSONText.object(try line(seconds: seconds)) }

  /// The code of the next reply's error; 0 for none.
  func code(seconds: Int64 = 20) throws -> Int64 { try reply(seconds: seconds).object("error")?.number("code") ?? 0 }

  /// Asks, and takes the answer for the next line.
  func call(_ method: String, _ params: String = "{}") throws -> JSON5Object {
    try ask(#""call""#, method, params)
    return try reply()
  }

  /// Half-closes.
  func closeInput() throws {
    program.closeInput()
    try program.pump()
  }

  /// Waits until the server has ended the connection.
  func end(seconds: Int64 = 20) throws -> [String] {
    try program.end(seconds: seconds).lines.dropFirst(taken).map(String.init)
  }

  /// Goes without a word.
  func kill() { program.kill() }
}
