import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// One of the services is away for a while, and writers go on.
@Suite(.serialized, .printsLogs)
struct AbsenceTests {
  private static let handler = #"read -r line; printf '%s\n' "$line" >>"$1"; echo '{"result":"pong"}'"#

  private func start(_ channel: Rehearsal) throws -> (server: Service, relay: Service) {
    try channel.configure(try channel.scriptHandler(Self.handler))
    let started = try channel.open("run-file")
    return (started.server, started.relay)
  }

  @Test("Crash 46: of three drops over one another while the relay is away the last one comes, once")
  func overwrittenWhileTheRelayIsAway() throws {
    try Rehearsal.run { channel in
      let (_, relay) = try start(channel)
      relay.kill()
      let messages = (1...3).map { LegacyWriter.message("over", $0) }
      for message in messages { #expect(try channel.shell(#"echo "$1" > "$DROP""#, message).status == 0) }
      try channel.relay()
      try channel.waitForRelay()
      try channel.waitUntilHandled(messages[2])
      try channel.waitUntilDrained()
      #expect(try Files.lines(channel.record) == [messages[2]])
    }
  }

  @Test("Crash 48: without a server the spool grows; then everything comes once and in order")
  func spooledWhileTheServerIsAway() throws {
    try Rehearsal.run { channel in
      let (server, _) = try start(channel)
      server.kill()
      let count = 200
      let script = """
        for ((n = 1; n <= $1; n++)); do
          until (set -C; echo '{"method":"note","params":{"label":"absent-'$n'"}}' > "$DROP") 2>/dev/null; do :; done
        done
        """
      #expect(try channel.shell(script, "\(count)").status == 0)
      try eventually("all are in the spool") {
        try Files.names("\(channel.state)/spool").count { $0.hasPrefix("m") } == count
      }
      try channel.serve("--phase", "run-file")
      try channel.waitForRelay()
      try channel.waitUntilHandled(LegacyWriter.message("absent", count))
      try channel.waitUntilDrained()
      #expect(try Files.lines(channel.record) == (1...count).map { LegacyWriter.message("absent", $0) })
    }
  }

  @Test("Crash 49: a claim that cannot be spooled stays, and is spooled when there is room")
  func aSpoolThatCannotBeWritten() throws {
    try Rehearsal.run { channel in
      let (server, _) = try start(channel)
      let spool = "\(channel.state)/spool"
      // An immutable directory takes no new entry, as a full disk does.
      let messages = (1...2).map { LegacyWriter.message("room", $0) }
      let full = try channel.shell(#"chattr +i "$1" 2>/dev/null && echo full"#, spool)
      guard full.output == "full\n" else { return print("skipped: chattr +i is not possible here") }
      defer { _ = try? channel.shell(#"chattr -i "$1""#, spool) }
      // What is sent straight from its claim needs no room.
      #expect(try channel.shell(#"echo "$1" > "$DROP""#, messages[0]).status == 0)
      try channel.waitUntilHandled(messages[0])
      try eventually("its claim is gone") { try channel.claims.isEmpty }
      server.kill()
      #expect(try channel.shell(#"echo "$1" > "$DROP""#, messages[1]).status == 0)
      try eventually("the claim stays") { try channel.claims.count == 1 }
      #expect(try channel.shell(#"chattr -i "$1""#, spool).status == 0)
      try eventually("it is spooled") { try channel.claims.isEmpty && channel.spooled.count == 1 }
      try channel.serve("--phase", "run-file")
      try channel.waitUntilHandled(messages[1])
      try channel.waitUntilDrained()
      #expect(try Files.lines(channel.record) == messages)
    }
  }
}
