import SluiceChannel
import SluiceSystem
import SluiceTestSupport

/// A connection over which lines go and come at any time.
final class StreamClient {
  /// It ends when the other side does, and only half-closes when its input ends.
  private static let script = """
    import os, socket, sys, threading
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    def send():
        while data := os.read(0, 65536): s.sendall(data)
        s.shutdown(socket.SHUT_WR)
    threading.Thread(target=send, daemon=True).start()
    try:
        while data := s.recv(65536):
            while data: data = data[os.write(1, data):]
    except ConnectionResetError: pass
    os._exit(0)
    """
  let program: RunningProgram
  private var taken = 0

  init(_ channel: Rehearsal, user: [String] = []) throws {
    program = try RunningProgram(
      user + ["/usr/bin/python3", "-c", Self.script, channel.socket], keepsInput: true)
  }

  func send(_ lines: String...) throws {
    for line in lines { program.write(line + "\n") }
    try program.pump()
  }

  /// A request with an id as it stands in JSON.
  func ask(_ id: String, _ method: String, _ params: String = "{}") throws {
    try send(#"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(params)}"#)
  }

  /// The next line that came, once it is whole.
  func line(seconds: Int64 = 20) throws -> String {
    try eventually(
      "another line: \(String(decoding: program.bytes.dropFirst(taken).prefix(300), as: UTF8.self))", seconds: seconds
    ) {
      // Also where it has ended: what it printed last may still be there.
      try program.pump()
      return program.bytes[taken...].contains(UInt8(ascii: "\n"))
    }
    let line = program.bytes[taken...].prefix { $0 != UInt8(ascii: "\n") }
    taken += line.count + 1
    return String(decoding: line, as: UTF8.self)
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
    _ = try program.end(seconds: seconds)
    return String(decoding: program.bytes[taken...], as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// Goes without a word.
  func kill() { program.kill() }
}
