import SluiceSystem

/// Hook clients: curl as people run it, and bytes as an attacker sends them.
extension Rehearsal {
  static let http = "socket: { http: true },"

  /// curl's process; prints the body, then the status on a line of its own.
  func startCurl(_ target: String, body: String? = nil, user: [String] = [], _ more: String...) throws
    -> RunningProgram
  {
    var words = user + ["curl", "-sS", "--max-time", "30", "--unix-socket", socket, "-w", "\n%{http_code}"]
    if body != nil { words += ["--data-binary", "@-"] }
    return try RunningProgram(words + more + ["http://localhost\(target)"], input: Array((body ?? "").utf8))
  }

  /// Sends one hook and gives the status.
  @discardableResult
  func hook(_ event: String, _ body: String = "{}", user: [String] = []) throws -> String {
    try startCurl("/hook?event=\(event)", body: body, user: user).end().lines.last.map(String.init) ?? ""
  }

  /// Sends bytes over a connection of their own, as a peer that does not care, and gives the status of every answer.
  /// - Parameter pause: seconds between the two halves of a part, and between parts.
  func raw(_ parts: [String], repeating: (String, Int) = ("", 0), halfCloses: Bool = true, pause: Double = 0) throws
    -> RawAnswers
  {
    let words =
      ["python3", "-c", RawAnswers.client, socket, halfCloses ? "1" : "0", "\(pause)", repeating.0, "\(repeating.1)"]
    return RawAnswers(try RunningProgram(words + parts.map { Hexadecimal.text(Array($0.utf8)) }).end())
  }
}

/// What came back to raw bytes.
struct RawAnswers: CustomStringConvertible {
  fileprivate static let client = #"""
    import re, socket, sys, time
    path, half, pause, text, count = sys.argv[1:6]
    s = socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect(path)
    failed = ''
    try:
        for part in sys.argv[6:]:
            s.sendall(bytes.fromhex(part)); time.sleep(float(pause))
        block = text.encode().decode('unicode_escape').encode() * max(1, int(count) // 100)
        for _ in range(100 if int(count) else 0): s.sendall(block)
        if half == '1': s.shutdown(socket.SHUT_WR)
    except OSError as error: failed = error.__class__.__name__
    got = b''; end = 'end'
    try:
        while True:
            piece = s.recv(65536)
            if not piece: break
            got += piece
    except OSError as error: end = error.__class__.__name__
    print(' '.join(re.findall(r'^HTTP/1\.1 (\d+)', got.decode('latin-1'), re.M)))
    print(failed or 'sent', end)
    print(got.decode('latin-1'))
    """#
  let statuses: String
  /// `sent`, or how sending failed; then `end`, or how reading did.
  let ends: String
  let text: String

  fileprivate init(_ outcome: Outcome) {
    let lines = outcome.output.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    statuses = lines.first ?? ""
    ends = lines.count > 1 ? lines[1] : "\(outcome)"
    text = lines.count > 2 ? lines[2] : ""
  }

  var description: String { "'\(statuses)' \(ends): \(text.prefix(2000))" }
}
