import SluiceChannel

/// Another user's connection that stays open: a line in, a reply out.
final class SocketClient {
  private static let script = """
    import socket, sys
    s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); f = s.makefile('rb')
    for line in sys.stdin:
        s.sendall(line.encode())
        print(f.readline().decode(), end='', flush=True)
    """
  private let program: RunningProgram
  private var replies = 0

  init(_ channel: Rehearsal, as user: [String]) throws {
    program = try RunningProgram(user + ["python3", "-c", Self.script, channel.socket], keepsInput: true)
  }

  /// Sends a request and gives the reply; an object without a line is none.
  func ask(_ method: String, _ parameters: String = "{}") throws -> JSON5Object {
    replies += 1
    program.write(#"{"jsonrpc":"2.0","id":\#(replies),"method":"\#(method)","params":\#(parameters)}"# + "\n")
    let wanted = replies
    try program.until("reply \(wanted)") { $0.split(separator: "\n").count >= wanted }
    return try JSONText.object(program.output.split(separator: "\n")[wanted - 1])
  }

  /// The code of the reply's error, 0 for a result.
  func code(_ method: String, _ parameters: String = "{}") throws -> Int64 {
    try ask(method, parameters).object("error")?.number("code") ?? 0
  }
}
