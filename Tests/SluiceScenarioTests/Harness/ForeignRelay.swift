import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// A channel of an ordinary user's with a sticky legacy directory of root's, and a relay of that user with given rights.
struct ForeignRelay {
  /// capabilities(7) without the prefix.
  static let three = ["fowner", "dac_read_search", "lease"]
  static let attacker: UInt32 = 1001
  static let client: UInt32 = 1002

  let channel: Rehearsal
  let server: Service
  let relay: Service

  static let isAvailable: Bool = {
    guard SecondUser.isAvailable else { return false }
    let trial = try? RunningProgram(Users.strangerPrefix(attacker) + ["/usr/bin/python3", "-c", "import socket"]).end()
    return trial?.status == 0
  }()
  static let reason = "\(SecondUser.reason), and a python3 for all users"

  /// How a command becomes the channel's user with these rights only, as AmbientCapabilities= does it.
  static func prefix(_ capabilities: [String], user id: UInt32 = SecondUser.id) -> [String] {
    let user = ["setpriv", "--reuid", "\(id)", "--regid", "\(id)", "--clear-groups"]
    guard !capabilities.isEmpty else { return user + ["--"] }
    let list = capabilities.map { "+\($0)" }.joined(separator: ",")
    return user + ["--inh-caps", list, "--ambient-caps", list, "--bounding-set", "-all,\(list)", "--"]
  }

  /// - Parameter before: put before the relay's command, as root; `exec "$@"` ends it.
  static func run(
    _ capabilities: [String] = three, settings: String = "", script: String = "true", user: UInt32 = SecondUser.id,
    _ body: (ForeignRelay) throws -> Void
  ) throws {
    try Rehearsal.run(isOpen: true) { channel in
      let handler = try channel.scriptHandler(#"cat >>"$1"; echo '{"result":"pong"}'"# + "\n")
      try channel.configure(#"user: "\#(user)", "# + handler + settings)
      try channel.giveAway(to: user)
      _ = try RunningProgram(["chown", "0:0", "\(channel.root)/tmp"]).end()
      let server = try channel.launch("serve", ["serve", "--phase", "socket"], before: prefix([], user: user))
      try server.waitUntilReady()
      let relay = try start(channel, capabilities, script, user: user)
      try relay.waitUntilReady()
      try channel.waitForRelay()
      try body(ForeignRelay(channel: channel, server: server, relay: relay))
    }
  }

  static func start(
    _ channel: Rehearsal, _ capabilities: [String], _ script: String = "true", user: UInt32 = SecondUser.id
  )
    throws -> Service
  {
    let own = ["unshare", "-m", "--", "/bin/sh", "-euc", "\(script); exec \"$@\"", "sh"]
    let before = (script == "true" ? [] : own) + prefix(capabilities, user: user)
    return try channel.launch("relay", ["relay"], before: before, more: ["ROOT=\(channel.root)"])
  }

  /// Runs a script as a user without rights.
  @discardableResult
  func shell(as uid: UInt32, _ script: String, _ arguments: String...) throws -> Outcome {
    try RunningProgram(
      Users.strangerPrefix(uid) + ["/bin/bash", "-c", script, "bash"] + arguments, variables: channel.clientVariables
    ).end()
  }

  /// As that user, in the mount namespace of the relay.
  @discardableResult
  func inside(as uid: UInt32 = 0, _ script: String, _ arguments: String...) throws -> Outcome {
    try RunningProgram(
      ["nsenter", "-t", "\(relay.pid)", "-m", "--"] + (uid == 0 ? [] : Users.strangerPrefix(uid))
        + ["/bin/bash", "-euc", script, "bash"] + arguments, variables: channel.clientVariables
    ).end()
  }

  /// What is stored and not written out yet stands in the file beside the log, behind its length.
  private func isWrittenOut() throws -> Bool {
    let logs = try Directory.open("\(channel.root)/var/log/sluice/parrot-mcp")
    let bytes = try logs.contents(of: "relay.jsonl.pending", limit: 1 << 20) ?? []
    return bytes.count < 24 || bytes[16..<24].allSatisfy { $0 == 0 }
  }

  /// Records of the relay's own log.
  func records(_ event: String) throws -> [JSON5Object] {
    // Nothing is on its way that would become a record, and what became one is written out.
    try eventually("the relay is done") { try (channel.status().number("relayPending") ?? 0) == 0 && isWrittenOut() }
    return try Files.lines(channel.relayLog).filter { $0.contains("\"event\":\"\(event)\"") }.map {
      try JSONText.object($0)
    }
  }

  /// Another user's message arrives, in the usual way; nanoseconds until it was handled.
  @discardableResult
  func expectDelivery(_ label: String, as uid: UInt32 = client) throws -> Int64 {
    let message = LegacyWriter.message(label, 1)
    let start = Clock.monotonic
    let outcome = try shell(
      as: uid, #"umask 022; until (set -C; echo "$1" > $DROP) 2>/dev/null; do read -rt 0.002 <> <(:) || true; done"#,
      message)
    #expect(outcome.status == 0, "\(outcome)")
    try channel.waitUntilHandled(message)
    return Clock.monotonic - start
  }

  /// How often a line was handled.
  func count(_ line: String) throws -> Int { try Files.lines(channel.record).count { $0 == line } }

  /// The value of a line of /proc/PID/status, proc_pid_status(5).
  func status(_ key: String) throws -> String {
    for line in try Files.text("/proc/\(relay.pid)/status").split(separator: "\n") where line.hasPrefix("\(key):") {
      return line.dropFirst(key.count + 1).split(whereSeparator: { $0 == "\t" || $0 == " " }).joined(separator: " ")
    }
    return ""
  }

  /// Ticks of 10 ms of processor time so far, proc_pid_stat(5).
  func ticks() throws -> Int {
    let fields = try Files.text("/proc/\(relay.pid)/stat").split(separator: ")").last?.split(separator: " ") ?? []
    return (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0)
  }

  func descriptors() throws -> Int { try Files.names("/proc/\(relay.pid)/fd").count }

  /// Bytes that are resident.
  func resident() throws -> Int { (Int(try status("VmRSS").split(separator: " ").first ?? "") ?? 0) * 1024 }
}
