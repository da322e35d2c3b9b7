import SluiceSystem
import Testing

/// Copies of the small peer program (Tests/Programs/peer.c), run by another user over a channel's socket.
struct AttestedPeer {
  static let isAvailable: Bool = {
    guard SecondUser.isAvailable else { return false }
    return (try? RunningProgram(["cc", "--version"]).end().status) == 0
  }()
  static let reason = "\(SecondUser.reason), and a C compiler (cc)"

  static let ready = #"send:{"sluice":{"control":"ready"}}"#
  static func ask(_ id: Int) -> String { #"send:{"jsonrpc":"2.0","id":\#(id),"method":"note"}"# }

  let channel: Rehearsal

  /// Builds it under the channel's root.
  init(_ channel: Rehearsal) throws {
    self.channel = channel
    let built = try channel.shell(#"cc -o "$ROOT/peer" "$1" && chmod 0755 "$ROOT/peer""#, source)
    guard built.status == 0 else { throw ScenarioFailure("\(built)") }
  }

  private var source: String { "\(Places.repository)/Tests/Programs/peer.c" }
  var original: String { "\(channel.root)/peer" }

  /// A copy, with some more bytes behind it where another digest is wanted.
  func copy(_ name: String, more: String = "") throws -> String {
    let path = "\(channel.root)/\(name)"
    try channel.shell(#"cp "$ROOT/peer" "$1"; printf %s "$2" >> "$1"; chmod 0755 "$1""#, path, more)
    return path
  }

  static func digest(_ path: String) throws -> String {
    let outcome = try RunningProgram(["sha256sum", path]).end()
    return String(outcome.output.prefix(64))
  }

  /// A rule that allows a program, and only that.
  static func rule(_ path: String, naming: Bool = true, more: String = "") throws -> String {
    let name = naming ? #"path: "\#(path)", "# : ""
    return #"{ name: "agent", effect: "allow", executables: [{ \#(name)sha256: "\#(try digest(path))" }], \#(more) }"#
  }

  /// Runs a program with its steps; `connect` comes first.
  func run(_ program: String, _ steps: [String], as user: [String] = SecondUser.prefix) throws -> RunningProgram {
    try RunningProgram(user + [program, "connect:\(channel.socket)"] + steps, keepsInput: true)
  }

  /// The reply to one message that is sent as our own clients do.
  func reply(of program: String, as user: [String] = SecondUser.prefix) throws -> String {
    let outcome = try run(program, [Self.ready, "read", Self.ask(1), "read"], as: user).end()
    guard outcome.lines.count == 2 else { throw ScenarioFailure("\(outcome)") }
    return String(outcome.lines[1])
  }
}
