import SluiceSystem

/// An MCP server of the revisions with sessions, behind a socket of its own: it does what a method asks of it, and
/// writes down every line that it reads.
final class FakeServer {
  private static let script = """
    import json, os, socket, sys, threading, time
    path, log, number = sys.argv[1], open(sys.argv[2], 'a', buffering=1), sys.argv[3]
    if os.path.exists(path): os.unlink(path)
    listener = socket.socket(socket.AF_UNIX); listener.bind(path)
    if len(sys.argv) > 4: os.setgid(int(sys.argv[4])); os.setuid(int(sys.argv[4]))
    listener.listen(64); print('ready', flush=True)
    def serve(peer):
        def say(value): peer.sendall(json.dumps(value, separators=(',', ':')).encode() + b'\\n')
        opened = False
        for line in peer.makefile('rb'):
            log.write(number + ' ' + line.decode(errors='replace') if len(line) < 1000 else number + ' long\\n')
            message = json.loads(line); method = message.get('method'); id = message.get('id')
            if id is None or method is None: continue
            if method == 'initialize':
                opened = True
                say({'jsonrpc': '2.0', 'method': 'notifications/message', 'params': {'data': 'hello ' + number}})
                answer = {'capabilities': {'tools': {'listChanged': True}, 'resources': {'listChanged': True}}}
            elif method == 'echo': peer.sendall(b'{"jsonrpc":"2.0","id":' + json.dumps(id).encode() + b',"result":' + line.strip() + b'}\\n'); continue
            elif method == 'huge': say({'jsonrpc': '2.0', 'id': id, 'result': 'x' * 9000000}); continue
            elif method == 'hang': continue
            elif method == 'half': peer.sendall(b'{"jsonrpc":"2.0","id":' + json.dumps(id).encode() + b',"resu'); os._exit(0)
            elif method == 'die': os._exit(0)
            elif method == 'ask': say({'jsonrpc': '2.0', 'id': 0, 'method': 'roots/list'}); continue
            elif method == 'noise': peer.sendall(b'Traceback (most recent call last):\\n[1]\\n'); answer = {}
            elif method == 'subscriptions/listen': continue
            else: answer = {'server': number, 'opened': opened}
            say({'jsonrpc': '2.0', 'id': id, 'result': answer})
    while True: threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
    """
  let path: String
  private let log: String
  private var number = 0
  private var program: RunningProgram?

  init(_ channel: Rehearsal) throws {
    try Directory.open(channel.root).makeDirectory("fake", mode: 0o755)
    path = "\(channel.root)/fake/mcp.sock"
    log = "\(channel.root)/fake/log"
  }

  /// Starts the next one; as another user where that is wanted.
  func start(as uid: UInt32? = nil) throws {
    number += 1
    let program = try RunningProgram(
      ["python3", "-c", Self.script, path, log, "\(number)"] + (uid.map { ["\($0)"] } ?? []), keepsInput: true)
    self.program = program
    try program.until("ready") { $0 == "ready\n" }
  }

  func kill() { program?.kill() }
  func waitForEnd() throws { _ = try program?.end() }

  /// What it read, a line each, with the number of the server before it.
  func heard() throws -> [String] { try Files.lines(log) }
}
