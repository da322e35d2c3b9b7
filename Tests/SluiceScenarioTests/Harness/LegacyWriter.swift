/// Clients that write numbered messages one after the other, each only where the last one was taken, until they are told
/// to stop: what is missing or there twice in the end is nobody's overwriting.
enum LegacyWriter {
  /// A label that tells the writer and the number.
  static func message(_ writer: String, _ number: Int) -> String {
    #"{"method":"note","params":{"label":"\#(writer)-\#(number)"}}"#
  }

  private static func loop(_ writer: String, _ body: String) -> String {
    """
    exec {quiet}<> <(:)
    rest() { read -rt ${1:-0.003} -u "$quiet" || true; }
    n=0
    while [[ ! -e $ROOT/stop-\(writer) ]]; do
      message='{"method":"note","params":{"label":"\(writer)-'$((n + 1))'"}}'
    \(body)
      n=$((n + 1))
      rest 0.02
    done
    echo "$n"
    """
  }

  /// Drops with `>` and `mv` by turns.
  static let drop = loop(
    "drop",
    """
      while [[ -e $DROP ]]; do
        [[ ! -e $ROOT/stop-drop ]] || break 2
        rest
      done
      if ((n % 2)); then echo "$message" > "$DROP"; else echo "$message" > "$DROP.new"; mv "$DROP.new" "$DROP"; fi
    """)

  /// The guide's snippet with `>>`.
  static let runFile = loop(
    "run-file", #"  ( flock -x 200; echo "$message" >> "$DIR/mcp_in.json" ) 200>"$DIR/mcp.lock""#)

  /// Appending, so that what it leaves where the FIFO was is not overwritten by itself.
  static let fifo = loop("fifo", #"  echo "$message" >> "$DIR/mcp.fifo""#)

  /// `sluice send --request` through whatever is primary.
  static let primary = loop(
    "primary",
    #"  reply=$("$SLUICE" --root "$ROOT" send --request "$message") || { echo "exit $?: $reply"; exit 1; }"#)

  static func script(_ writer: String) -> String {
    switch writer {
    case "run-file": runFile
    case "fifo": fifo
    case "primary": primary
    default: drop
    }
  }

  /// A connection a request; no server is no error, a broken conversation is one.
  static let socket = """
    import json, os, socket, sys, time
    path, stop, n = sys.argv[1], sys.argv[2], 0
    while not os.path.exists(stop):
        s = socket.socket(socket.AF_UNIX)
        try:
            s.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            time.sleep(0.003)
            continue
        n += 1
        s.sendall(('{"method":"note","params":{"label":"socket-%d"}}\\n' % n).encode())
        reply = s.makefile('rb').readline()
        assert json.loads(reply)["result"] == "pong", reply
        time.sleep(0.02)
    print(n)
    """
}

extension Rehearsal {
  func writer(_ name: String) throws -> RunningProgram {
    if name == "socket" {
      return try RunningProgram(["python3", "-c", LegacyWriter.socket, socket, "\(root)/stop-socket"])
    }
    return try RunningProgram(
      ["/bin/bash", "-c", LegacyWriter.script(name)],
      variables: clientVariables + variables + ["SLUICE=\(Places.binary)"])
  }

  /// Lets a writer end and says how many messages it wrote.
  func stop(_ writer: RunningProgram, _ name: String) throws -> Int {
    try Files.write("\(root)/stop-\(name)", "")
    let outcome = try writer.end()
    guard outcome.status == 0, let count = outcome.lines.last.flatMap({ Int($0) }) else {
      throw ScenarioFailure("the writer \(name) failed: \(outcome)")
    }
    return count
  }
}
