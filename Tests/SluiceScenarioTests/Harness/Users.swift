/// Users of the channel's group, by number: they need no accounts.
enum Users {
  static let group = "users"
  static let settings = #"access: "group", group: "users","#
  static let greedy: UInt32 = 1001
  static let quiet: UInt32 = 1002
  static let third: UInt32 = 1003

  static let isAvailable: Bool = {
    guard SecondUser.isAvailable else { return false }
    let trial = try? RunningProgram(prefix(greedy) + ["/usr/bin/python3", "-c", "import socket"]).end()
    return trial?.status == 0
  }()
  static let reason = "\(SecondUser.reason), a group '\(group)', and a python3 for all users"

  /// How a command becomes a member of the group.
  static func prefix(_ uid: UInt32) -> [String] {
    ["setpriv", "--reuid", "\(uid)", "--regid", "100", "--clear-groups", "--"]
  }
  /// How it becomes nobody in particular.
  static func strangerPrefix(_ uid: UInt32) -> [String] {
    ["setpriv", "--reuid", "\(uid)", "--regid", "\(uid)", "--clear-groups", "--"]
  }

  private static let words = """
    import socket, sys, time, json
    path = sys.argv[1]
    ping = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\\n'
    def open_one():
        # Connected while it blocks: a queue that is full for the moment is waited for.
        s = socket.socket(socket.AF_UNIX); s.connect(path); s.settimeout(20); return s
    def line(s):
        text = b''
        while not text.endswith(b'\\n'):
            try: part = s.recv(65536)
            except ConnectionResetError: part = b''
            if not part: break
            text += part
        return text.decode()
    def ask(s, message=ping):
        try: s.sendall(message)
        except (BrokenPipeError, ConnectionResetError): pass
        return line(s)
    def is_pong(text): return '"result"' in text

    """

  /// A client in Python, with `path`, `ping`, `open_one`, `line`, `ask` and `is_pong` to work with.
  static func client(_ prefix: [String], _ channel: Rehearsal, _ script: String) throws -> RunningProgram {
    try RunningProgram(prefix + ["/usr/bin/python3", "-u", "-c", words + script, channel.socket], keepsInput: true)
  }
}

extension Rehearsal {
  /// A user's own connection is answered.
  func expectServed(_ uid: UInt32) throws -> Outcome {
    try Users.client(Users.prefix(uid), self, "text = ask(open_one()); print(text); assert is_pong(text), text").end()
  }
}
